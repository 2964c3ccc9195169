// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// What the page is built and tested with is installed beside its source.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

/** library is an installed one. */
export const library = (name) => require(name);

/** file is the path of a file of an installed library. */
export const file = (path) => require.resolve(path);
