// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package explain says why a pod was placed where it was, or nowhere: what each
// rule had against the nodes, by which values, and how the others were ranked.
//
// An explanation is made of what one scheduling cycle went by, with the nodes
// grouped by rule, so that it stays readable with thousands of them.
package explain
