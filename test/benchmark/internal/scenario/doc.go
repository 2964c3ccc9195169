// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package scenario is what benchmarks of placement have in common: nodes and the
// pods that come to them, what these truly use wherever they are placed, and the
// figures by which placements are compared.
package scenario
