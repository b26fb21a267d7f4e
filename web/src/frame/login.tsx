import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError, post } from '../data/api.ts';

/** Asks who is there, where the server does not know. */
export function Login({ methods }: { methods: readonly string[] }): ReactNode {
  const [wrong, setWrong] = useState('');
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      await post('/login', { user: String(form.get('user')), password: String(form.get('password')) });
      window.location.reload();
    } catch (error) {
      setWrong(error instanceof ApiError ? error.message : String(error));
    }
  };
  return (
    <main className="login">
      <h1 style={{ fontSize: 20 }}>Wirelight</h1>
      {methods.includes('password') ? (
        <form onSubmit={submit} style={{ display: 'contents' }}>
          <label htmlFor="user">User</label>
          <input id="user" name="user" autoComplete="username" required />
          <label htmlFor="password">Password</label>
          <input id="password" name="password" type="password" autoComplete="current-password" required />
          <button type="submit" className="button primary">
            Log in
          </button>
        </form>
      ) : (
        <p>
          Open the address that <code>wirelight up</code> printed: it carries a token. <code>wirelight status</code>{' '}
          shows it again.
        </p>
      )}
      {methods.includes('oidc') && (
        <a className="button" href="/api/v1/login/oidc">
          Log in with your organisation
        </a>
      )}
      {wrong !== '' && (
        <p role="alert" className="bad">
          {wrong}
        </p>
      )}
    </main>
  );
}
