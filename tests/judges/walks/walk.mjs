// Walks the way of docs/how-to/connect-an-ehr.md with other people's clients, and prints each step that went well.
//
// One JSON object on standard input: {"api": the base of every route, "admin": a token of the tenant's administrator,
// "receiver": the base of a FHIR server that results are pushed to, "webhook": a free port to receive them on}.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Client } from 'fhir-kit-client';
import fhirclient from 'fhirclient';
import * as jose from 'jose';

const given = JSON.parse(await readAll(process.stdin));
const fhirBase = `${given.api}/fhir/R4`;
const patient = `walk-${Date.now().toString(36)}`;
const CLIENT = { RS384: 'walk-ehr-rsa', ES384: 'walk-ehr' };
const HOOK = `http://127.0.0.1:${given.webhook}/`;
const CDS_ISSUER = 'https://ehr.example.org/walk';

async function readAll(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

const went = (step) => console.log(`ok ${step}`);

async function asked(path, { method = 'GET', body, token, headers = {} } = {}) {
  const answer = await fetch(given.api + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

// -- register ----------------------------------------------------------------------------------------------------------

const keys = {};
for (const algorithm of ['ES384', 'RS384']) {
  const pair = await jose.generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid: `walk-${algorithm}`, alg: algorithm, use: 'sig' };
  keys[algorithm] = { ...pair, jwk };
}

async function register() {
  const before = await asked('/v1/tenant', { token: given.admin });
  const { version, recorded, policy_card: _, ...settings } = before.body;
  settings.clients = [
    ...settings.clients.filter((one) => !one.id.startsWith('walk-') && one.id !== CDS_ISSUER),
    ...['ES384', 'RS384'].map((algorithm) => ({
      id: CLIENT[algorithm],
      title: 'A walk of the tests',
      jwks: { keys: [keys[algorithm].jwk] },
      scopes: ['system/*.cruds'],
    })),
    { id: CDS_ISSUER, title: 'Cards of the walk', jwks: { keys: [keys.ES384.jwk] }, cds_hooks: true },
  ];
  settings.destinations = [
    { id: 'walk-fhir', title: 'The FHIR server of the walk', kind: 'fhir', url: given.receiver, client_id: 'pain-risk' },
    { id: 'walk-hook', title: 'The webhook of the walk', kind: 'webhook', url: HOOK },
  ];
  const put = await asked('/v1/tenant', { method: 'PUT', body: settings, token: given.admin });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  went('the EHR is registered in the tenant settings');
}

// -- get a token -------------------------------------------------------------------------------------------------------

async function assertion(algorithm, audience, issuer) {
  return new jose.SignJWT({})
    .setProtectedHeader({ alg: algorithm, kid: keys[algorithm].jwk.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('4m')
    .setJti(crypto.randomUUID())
    .sign(keys[algorithm].privateKey);
}

// A local AWS calls itself by another name than the one it is reached by: that name is the audience.
let ownName = given.api;

async function token(algorithm, scope) {
  const sent = await assertion(algorithm, `${ownName}/smart/token`, CLIENT[algorithm]);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: sent,
  });
  const post = () => fetch(`${given.api}/smart/token`, { method: 'POST', body: form });
  const answer = await post();
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  const again = await post();
  assert.equal(again.status, 401);
  assert.equal((await again.json()).error, 'invalid_client');
  return body;
}

async function tokens() {
  const smart = await new Client({ baseUrl: fhirBase }).smartAuthMetadata();
  assert.match(String(smart.tokenUrl), /\/smart\/token$/);
  ownName = String(smart.tokenUrl).replace(/\/smart\/token$/, '');
  went('fhir-kit-client discovers the token endpoint');
  const wide = await token('ES384', 'system/QuestionnaireResponse.c system/*.rs');
  assert.ok(wide.expires_in <= 300);
  const keysUrl = new URL(`${given.api}/smart/jwks`);
  const { payload } = await jose.jwtVerify(wide.access_token, jose.createRemoteJWKSet(keysUrl));
  assert.equal(payload.sub, CLIENT.ES384);
  went('jose signs in by ES384, a second use of the assertion is refused, and jose verifies the access token');
  const narrow = await token('RS384', 'system/Observation.read');
  assert.equal(narrow.scope, 'system/Observation.rs');
  went('jose signs in by RS384, and version 1 of a scope is granted as version 2');
  return { wide: wide.access_token, narrow: narrow.access_token };
}

// -- submit and read ---------------------------------------------------------------------------------------------------

const LA = ['LA6568-5', 'LA6569-3', 'LA6570-1', 'LA6571-9'];

function phq9(form, answers, identifier) {
  return {
    resourceType: 'QuestionnaireResponse',
    identifier: { system: 'https://ehr.example.org/responses', value: identifier },
    questionnaire: `${form.url}|${form.version}`,
    status: 'completed',
    subject: { reference: `Patient/${patient}` },
    authored: new Date(Date.now() - 60_000).toISOString(),
    extension: [{ url: `${form.url.replace(/Questionnaire\/.*/, '')}StructureDefinition/timepoint`, valueCode: 'preoperative' }],
    item: answers.map((answer, n) => ({
      linkId: `phq9_${n + 1}`,
      answer: [{ valueCoding: { system: 'http://loinc.org', code: LA[answer] } }],
    })),
  };
}

const total = (bundle) =>
  (bundle.entry ?? [])
    .map((entry) => entry.resource)
    .find((one) => one.code?.coding?.some((coding) => coding.code === '44261-6'))?.valueQuantity?.value;

async function byFhirKit(access) {
  const client = new Client({ baseUrl: fhirBase, bearerToken: access.wide });
  const statement = await client.capabilityStatement();
  assert.equal(statement.fhirVersion, '4.0.1');
  const form = await client.read({ resourceType: 'Questionnaire', id: 'phq-9' });
  const body = phq9(form, [1, 2, 3, 2, 1, 0, 1, 0, 0], `${patient}-1`);
  const once = { headers: { 'If-None-Exist': `identifier=https://ehr.example.org/responses|${patient}-1`, Prefer: 'return=representation' } };
  const created = await client.create({ resourceType: 'QuestionnaireResponse', body, options: once });
  assert.equal(Client.httpFor(created).response.status, 201);
  const repeated = await client.create({ resourceType: 'QuestionnaireResponse', body, options: once });
  assert.equal(Client.httpFor(repeated).response.status, 200);
  went('fhir-kit-client creates a response once, by If-None-Exist');
  const location = Client.httpFor(created).response.headers.get('location');
  const id = location.match(/QuestionnaireResponse\/([A-Za-z0-9.-]+)/)[1];
  const read = await client.read({ resourceType: 'QuestionnaireResponse', id });
  assert.equal(read.subject.reference, `Patient/${patient}`);
  const found = await client.resourceSearch({ resourceType: 'Observation', searchParams: { patient, code: 'http://loinc.org|44261-6' } });
  assert.equal(total(found), 10);
  const everything = await client.operation({ name: '$everything', resourceType: 'Patient', id: patient, method: 'GET' });
  assert.ok(everything.entry.some((entry) => entry.resource.resourceType === 'QuestionnaireResponse'));
  went('fhir-kit-client reads the response, the total of 10 and everything of the patient');
  const second = phq9(form, [3, 3, 3, 3, 3, 3, 3, 3, 1], `${patient}-2`);
  const answer = await client.transaction({
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: `urn:uuid:${crypto.randomUUID()}`,
          resource: second,
          request: { method: 'POST', url: 'QuestionnaireResponse' },
        },
      ],
    },
  });
  assert.match(answer.entry[0].response.status, /^201/);
  assert.match(JSON.stringify(answer.entry[0].response.outcome), /phq9_9|harm/i);
  went('fhir-kit-client posts a transaction, and hears its safety alert');
  await assert.rejects(client.read({ resourceType: 'Observation', id: 'nothing' }), (refused) => {
    assert.equal(refused.response?.status ?? refused.status, 404);
    return true;
  });
  went('fhir-kit-client hears of an unknown id by 404');
  return { form, location };
}

async function byFhirClient(access, form) {
  const client = new fhirclient.FhirClient(fhirBase);
  const authorized = { headers: { Authorization: `Bearer ${access.wide}` } };
  const created = await client.create(phq9(form, [0, 0, 0, 0, 0, 0, 0, 0, 0], `${patient}-3`), authorized);
  assert.ok(created.resourceType === 'QuestionnaireResponse' || created.resourceType === 'OperationOutcome');
  const found = await client.fhirRequest(`Observation?patient=${patient}&code=44261-6`, authorized);
  assert.equal(found.entry.length, 3);
  await assert.rejects(
    client.fhirRequest(`RiskAssessment?patient=${patient}`, { headers: { Authorization: `Bearer ${access.narrow}` } }),
  );
  went('fhirclient, which sends application/json, creates and searches, and a narrow scope is held to');
}

// -- receive a push ----------------------------------------------------------------------------------------------------

const hooks = [];

async function verifiedHook(request, raw) {
  const [header, , signature] = request.headers['pain-risk-signature'].split('.');
  const keySet = jose.createRemoteJWKSet(new URL(`${given.api}/smart/jwks`));
  const verified = await jose.flattenedVerify({ protected: header, payload: raw, signature }, keySet, {
    crit: { b64: true },
  });
  assert.deepEqual(Buffer.from(verified.payload), raw);
  assert.equal(verified.protectedHeader.aud, HOOK);
  assert.equal(verified.protectedHeader.tenant, 'demo');
  hooks.push(JSON.parse(raw.toString('utf8')));
}

async function listen() {
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      try {
        await verifiedHook(request, Buffer.concat(parts));
        response.writeHead(204).end();
      } catch (error) {
        console.error(error);
        response.writeHead(400).end();
      }
    });
  });
  await new Promise((listening) => server.listen(given.webhook, '127.0.0.1', listening));
  return server;
}

async function until(what, said) {
  for (let tries = 0; tries < 120; tries += 1) {
    const found = await what();
    if (found) return found;
    await new Promise((waited) => setTimeout(waited, 250));
  }
  throw new Error(`never happened: ${said}`);
}

async function pushed() {
  const theirs = new Client({ baseUrl: given.receiver });
  // That server is a small one and searches by nothing.
  const held = async (resourceType) =>
    ((await theirs.resourceSearch({ resourceType })).entry ?? [])
      .map((entry) => entry.resource)
      .filter((one) => one.subject.reference === `Patient/${patient}`);
  const totals = async () =>
    (await held('Observation')).filter((one) => one.code.coding?.some((coding) => coding.code === '44261-6'));
  await until(async () => (await totals()).length === 3, 'three totals at the receiver');
  assert.equal((await held('DocumentReference')).length, 3);
  went('the FHIR server received every total and report once');
  await until(() => hooks.length >= 3, 'three webhooks');
  assert.ok(hooks.every((one) => one.event === 'assessment.stored' && one.bundle.resourceType === 'Bundle'));
  went('jose verifies the signature of every webhook');
}

// -- see a card --------------------------------------------------------------------------------------------------------

async function cards() {
  const services = (await asked('/cds-services')).body.services;
  const view = services.find((one) => one.hook === 'patient-view');
  const path = `/cds-services/${view.id}`;
  const prefetch = {
    patient: { resourceType: 'Patient', id: patient, birthDate: '1970-01-01' },
    responses: { resourceType: 'Bundle', type: 'searchset' },
  };
  const body = {
    hook: 'patient-view',
    hookInstance: crypto.randomUUID(),
    context: { userId: 'Practitioner/walk', patientId: patient },
    prefetch,
  };
  const signed = await assertion('ES384', ownName + path, CDS_ISSUER);
  const answer = await asked(path, { method: 'POST', body, token: signed });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const [first] = answer.body.cards;
  assert.equal(first.indicator, 'critical');
  assert.ok(answer.body.cards.every((card) => card.summary.length < 140 && card.source.label));
  const replayed = await asked(path, { method: 'POST', body, token: signed });
  assert.equal(replayed.status, 401);
  went('a hook signed by jose is answered with a critical card first; the same signature again is refused');
  const [{ system, code }] = first.overrideReasons;
  const outcome = { card: first.uuid, outcome: 'overridden', overrideReason: { reason: { system, code } } };
  const feedback = { feedback: [{ ...outcome, outcomeTimestamp: new Date().toISOString() }] };
  const told = await asked(`${path}/feedback`, {
    method: 'POST',
    body: feedback,
    token: await assertion('ES384', `${ownName}${path}/feedback`, CDS_ISSUER),
  });
  assert.equal(told.status, 200, JSON.stringify(told.body));
  const bare = { ...body, hookInstance: crypto.randomUUID(), prefetch: undefined };
  const without = await asked(path, { method: 'POST', body: bare, token: await assertion('ES384', ownName + path, CDS_ISSUER) });
  assert.equal(without.status, 412);
  went('feedback is taken, and without its prefetch the service says 412');
}

await register();
const hook = await listen();
try {
  const access = await tokens();
  const { form } = await byFhirKit(access);
  await byFhirClient(access, form);
  await pushed();
  await cards();
} finally {
  hook.close();
}
