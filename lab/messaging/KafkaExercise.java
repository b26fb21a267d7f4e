import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Uses Kafka as Java programs do, with the versions that the newest client speaks: a topic, an idempotent and a
 * transactional producer, a consumer of each group protocol. Prints what it did, one line each.
 */
public class KafkaExercise {
  static final String TOPIC = "payments";

  static Properties properties(String servers, String... pairs) {
    Properties p = new Properties();
    p.put("bootstrap.servers", servers);
    p.put("client.id", "java-app");
    p.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    p.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    p.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    p.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    p.put("auto.offset.reset", "earliest");
    p.put("enable.metrics.push", "false");
    p.put("fetch.max.wait.ms", "200");
    for (int i = 0; i < pairs.length; i += 2) p.put(pairs[i], pairs[i + 1]);
    return p;
  }

  static ProducerRecord<String, String> record(String value) {
    ProducerRecord<String, String> r = new ProducerRecord<>(TOPIC, 0, "key", value);
    r.headers().add("traceparent", "00-5b8aa5a2d2c872e8321cf37308d69df2-051581bf3cb55c13-01".getBytes());
    return r;
  }

  static void consume(Properties p, int wanted) {
    int seen = 0;
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(p)) {
      consumer.subscribe(List.of(TOPIC));
      while (seen < wanted) {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(500));
        seen += records.count();
      }
      consumer.commitSync();
    }
    System.out.println("consumed " + seen);
  }

  public static void main(String[] args) throws Exception {
    String servers = args[0];
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", servers, "client.id", "java-app"))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      admin.describeTopics(List.of(TOPIC)).allTopicNames().get();
      System.out.println("created");
    }
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties(servers))) {
      producer.send(record("one")).get();
      producer.send(record("two")).get();
      System.out.println("produced 2");
    }
    Properties transactional = properties(servers, "transactional.id", "payments-tx");
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(transactional)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record("three")).get();
      producer.commitTransaction();
      System.out.println("produced 1 in a transaction");
    }
    consume(properties(servers, "group.id", "classic-group", "enable.auto.commit", "false"), 3);
    consume(properties(servers, "group.id", "new-group", "group.protocol", "consumer", "enable.auto.commit", "false"), 3);
    // No such partition: an error that the broker tells.
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", servers, "client.id", "java-app"))) {
      admin.deleteTopics(List.of(TOPIC)).all().get();
      System.out.println("deleted");
    }
  }
}
