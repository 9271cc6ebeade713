// What fhirpath takes from bytes to one total, for the benchmark: {"questionnaire", "response" (text), "expression",
// "rounds", "calls"} on standard input; prints {"total", "microseconds"}, the median a call.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const fhirpath = require('fhirpath');
const r4 = require('fhirpath/fhir-context/r4');

const { questionnaire, response, expression, rounds, calls } = JSON.parse(readFileSync(0, 'utf8'));
const evaluate = fhirpath.compile(expression, r4);

function once() {
  const resource = JSON.parse(response);
  return evaluate(resource, { resource, questionnaire })[0];
}

const times = [];
for (let round = 0; round < rounds; round += 1) {
  const start = process.hrtime.bigint();
  for (let call = 0; call < calls; call += 1) {
    once();
  }
  times.push(Number(process.hrtime.bigint() - start) / 1e3 / calls);
}
times.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ total: once(), microseconds: times[Math.floor(times.length / 2)] }) + '\n');
