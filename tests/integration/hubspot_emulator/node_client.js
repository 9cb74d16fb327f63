// HubSpot's own Node client against the emulator at argv[2], changed in nothing but its host.
// Prints one JSON object of what it saw; see test_node_client.py.
const hubspot = require('@hubspot/api-client')

async function main (basePath, redirectUri) {
  const seen = {}
  const app = { clientId: 'demo-client', clientSecret: 'demo-secret' }
  const scope = 'oauth crm.objects.companies.read crm.objects.companies.write crm.lists.read crm.lists.write'
  const address = new hubspot.Client().oauth.getAuthorizationUrl(app.clientId, redirectUri, scope, undefined, 's1')
  const consent = await fetch(address.replace('https://app.hubspot.com', basePath), { redirect: 'manual' })
  const back = new URL(consent.headers.get('location'))
  seen.state = back.searchParams.get('state')
  const tokens = await new hubspot.Client({ basePath }).oauth.tokensApi.create(
    'authorization_code', back.searchParams.get('code'), redirectUri, app.clientId, app.clientSecret)
  seen.expiresIn = tokens.expiresIn
  const again = await new hubspot.Client({ basePath }).oauth.tokensApi.create(
    'refresh_token', undefined, undefined, app.clientId, app.clientSecret, tokens.refreshToken)
  const client = new hubspot.Client({ basePath, accessToken: again.accessToken, numberOfApiCallRetries: 3 })

  const made = await client.crm.companies.basicApi.create({ properties: { name: 'Acme', domain: 'acme.example' } })
  seen.website = made.properties.website
  const batch = await client.crm.companies.batchApi.create({
    inputs: [
      { properties: { name: 'Good' }, objectWriteTraceId: '1' },
      { properties: { nope: 'x' }, objectWriteTraceId: '2' }
    ]
  })
  seen.numErrors = batch.numErrors
  const filter = { propertyName: 'name', operator: 'EQ', value: 'acme' }
  const search = await client.crm.companies.searchApi.doSearch({ filterGroups: [{ filters: [filter] }], limit: 5 })
  seen.total = search.total
  const all = await client.crm.companies.getAll(1)
  seen.all = all.length
  const list = await client.crm.lists.listsApi.create({ name: 'L', objectTypeId: '0-2', processingType: 'MANUAL' })
  await client.crm.lists.membershipsApi.add(list.list.listId, [made.id])
  const members = await client.crm.lists.membershipsApi.getPage(list.list.listId)
  seen.members = members.results.map(row => row.recordId === made.id)
  try {
    await client.crm.deals.basicApi.getPage()
  } catch (problem) {
    seen.missing = [problem.code, problem.body.category]
  }
  // The client's retry decorator waits as the body of the 429 tells it to.
  await fetch(`${basePath}/_emulator/settings`, {
    method: 'POST', body: JSON.stringify({ oauth_burst_limit: 1, burst_seconds: 1 })
  })
  const pages = [1, 2].map(() => client.crm.companies.basicApi.getPage(1))
  seen.retried = (await Promise.all(pages)).map(page => page.results.length)
  return seen
}

async function verify (file) {
  const delivery = JSON.parse(require('fs').readFileSync(file))
  const check = {
    clientSecret: 'demo-secret', method: 'POST', url: delivery.url, requestBody: delivery.body,
    timestamp: Number(delivery.headers['x-hubspot-request-timestamp'])
  }
  const headers = delivery.headers
  return {
    v1: hubspot.Signature.isValid({ ...check, signatureVersion: 'v1', signature: headers['x-hubspot-signature'] }),
    v3: hubspot.Signature.isValid({ ...check, signatureVersion: 'v3', signature: headers['x-hubspot-signature-v3'] })
  }
}

const [, , what, ...rest] = process.argv
const doing = what === 'verify' ? verify(...rest) : main(...rest)
doing.then(seen => console.log(JSON.stringify(seen))).catch(problem => { console.error(problem); process.exit(1) })
