/** Runs tools/make_web_cases.py: `npm run test:browser` does so before its tests. */

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { CASES, PYTHON, ROOT } from "./harness.js";

mkdirSync(CASES, { recursive: true });
execFileSync(PYTHON, ["-m", "tools.make_web_cases", CASES], {
  cwd: ROOT,
  env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
  stdio: ["ignore", "inherit", "pipe"],
});
