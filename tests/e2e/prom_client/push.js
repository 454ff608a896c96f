// Pushes by prom-client as its users do: node push.js URL
const client = require("prom-client");

const registry = new client.Registry();
const done = new client.Counter({
  name: "batch_records_total", help: "Records handled.", labelNames: ["kind"], registers: [registry],
});
const took = new client.Histogram({
  name: "batch_duration_seconds", help: "Time taken.", buckets: [1, 10], registers: [registry],
});
done.inc({ kind: "good" }, 40);
done.inc({ kind: "b\"ad" }, 2);
took.observe(4.5);

const gateway = new client.Pushgateway(process.argv[2], { timeout: 5000 }, registry);
const group = { jobName: "prom client", groupings: { instance: "host a", region: "eu west" } };

(async () => {
  const added = await gateway.pushAdd(group);
  done.inc({ kind: "good" });
  const replaced = await gateway.push(group);
  const deleted = await gateway.delete({ jobName: "nothing" });
  console.log(JSON.stringify([added, replaced, deleted].map(({ resp }) => resp.statusCode)));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
