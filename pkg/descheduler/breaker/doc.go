// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package breaker says when evictions are no remedy: because too much of the
// cluster is not well, or because the latest ones have brought nothing. It is pure.
package breaker
