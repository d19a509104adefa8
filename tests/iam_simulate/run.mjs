// Test only. iam-simulate is AGPL-3.0-or-later: it stays in this process and is never bundled (see README.md).
// Reads JSON lines from stdin, writes one JSON line for each, in order.
import { createInterface } from 'node:readline';
import {
  validateIdentityPolicy,
  validateResourceControlPolicy,
  validateResourcePolicy,
  validateServiceControlPolicy,
  validateTrustPolicy,
} from '@cloud-copilot/iam-policy';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const validators = {
  scp: validateServiceControlPolicy,
  rcp: validateResourceControlPolicy,
  identity: validateIdentityPolicy,
  trust: validateTrustPolicy,
  key: validateResourcePolicy,
};

async function answer(question) {
  if (question.validate) {
    const { kind, document } = question.validate;
    return { errors: validators[kind](document).map((error) => `${error.path}: ${error.message}`) };
  }
  const result = await runSimulation(question.simulate, {});
  if (result.resultType === 'error') {
    return { error: JSON.stringify(result.errors) };
  }
  const parts = result.resultType === 'single' ? [result.result] : result.results;
  return {
    result: result.overallResult,
    ignored: parts.flatMap((part) => part.ignoredContextKeys ?? []),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
