CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, price integer NOT NULL, stock integer NOT NULL);

INSERT INTO products SELECT n, 'product ' || n, 100 + (n * 7919) % 20000, 1000000 FROM generate_series(1, 1000) AS n;

CREATE TABLE orders (id uuid PRIMARY KEY, product integer NOT NULL, price integer NOT NULL, state text NOT NULL);

