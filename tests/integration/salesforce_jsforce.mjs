// What jsforce does against a running emulator: node salesforce_jsforce.mjs URL FOLDER ZIP_BASE64, results as JSON.
// FOLDER holds node_modules/jsforce.
import { createRequire } from "node:module";

const [url, folder, zip] = process.argv.slice(2);
const jsforce = createRequire(`${folder}/package.json`)("jsforce");
const app = { clientId: "demo-client", clientSecret: "demo-secret", redirectUri: "http://127.0.0.1:9/cb", loginUrl: url };
const results = {};

const conn = new jsforce.Connection({ instanceUrl: url, loginUrl: url, oauth2: { ...app }, version: "62.0" });
await conn.authorize({ grant_type: "client_credentials" });
results.token = conn.accessToken;

const made = await conn.sobject("Account").create(["A", "B", "C"].map((Name) => ({ Name })));
results.created = made.map((row) => row.success);
const changed = await conn.sobject("Account").update(made.map((row) => ({ Id: row.id, Website: "x.example" })));
results.updated = changed.map((row) => row.success);
const upserted = await conn.sobject("Contact").upsert([{ Email: "a@b.example", LastName: "Doe" }], "Email");
results.upserted = upserted[0].created;
const removed = await conn.sobject("Account").destroy(made.map((row) => row.id));
results.destroyed = removed.map((row) => row.success);
results.limitInfo = conn.limitInfo.apiUsage.limit;

const loaded = await conn.bulk.load("Account", "insert", [{ Name: "Bulk, 1" }, { Name: "Bulk 2" }]);
results.loaded = loaded.map((row) => [row.success, row.errors]);
const found = await conn.bulk.query("SELECT Name, IsDeleted FROM Account ORDER BY Name");
results.bulkRows = await found.toArray();
const wrong1 = conn.bulk.createJob("Account", "query");
const failing = wrong1.createBatch();
failing.on("queue", () => failing.poll(10, 20000));
results.bulkFailure = await failing.execute("SELECT Nope FROM Account").then(() => "", (problem) => problem.message);
results.bulkJob = (await wrong1.close()).numberBatchesFailed;
await conn.bulk.load("Account", "delete", loaded.map((row) => ({ Id: row.id })));

const described = await conn.metadata.describe("62.0");
results.described = described.metadataObjects.map((item) => item.xmlName);
const deployed = await conn.metadata.deploy(zip, { rollbackOnError: true, singlePackage: true }).complete(true);
results.deploySoap = [deployed.status, deployed.numberComponentsDeployed, deployed.details.componentFailures ?? []];
const again = await conn.metadata.deployRest(Buffer.from(zip, "base64"), { rollbackOnError: true }).complete({ details: true });
results.deployRest = again.status;
const cancelled = await conn.metadata.deploy(zip, {});
results.cancelled = await conn.metadata.cancelDeploy(cancelled.id);
const fields = await conn.metadata.list([{ type: "CustomField" }], "62.0");
results.listed = fields.map((item) => item.fullName).sort();

const web = new jsforce.OAuth2({ ...app, useVerifier: true });
const page = await fetch(web.getAuthorizationUrl({ scope: "api refresh_token" }), { redirect: "manual" });
const code = new URL(page.headers.get("location")).searchParams.get("code");
const user = new jsforce.Connection({ instanceUrl: url, oauth2: web, version: "62.0" });
await user.authorize(code, { code_verifier: web.codeVerifier });
const first = user.accessToken;
await fetch(`${url}/_emulator/settings`, { method: "POST", body: '{"expire_sessions": true}' });
results.refreshed = (await user.query("SELECT COUNT() FROM Contact")).totalSize;
results.newToken = user.accessToken !== first;
const kept = user.accessToken;
await user.logout(true);
const after = await fetch(`${url}/services/data/v62.0/limits`, { headers: { Authorization: `Bearer ${kept}` } });
results.afterLogout = after.status;

for (const version of ["59.0", "65.0"]) {
  const soap = new jsforce.Connection({ loginUrl: url, version });
  try {
    await soap.login("ada.rep@emulated.example", "demo-password");
    results[`soap${version}`] = (await soap.query("SELECT COUNT() FROM Contact")).totalSize;
    await soap.logout();
  } catch (problem) {
    results[`soap${version}`] = String(problem.message);
  }
}

const wrong = new jsforce.OAuth2({ ...app, clientSecret: "x" });
try {
  await wrong.requestToken({ grant_type: "client_credentials" });
} catch (problem) {
  results.wrongSecret = `${problem.name}: ${problem.message}`;
}
console.log(JSON.stringify(results));
