// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package budget says how many pods may still be moved: by node, workload,
// namespace and cluster, each over a window that slides, and after the cooldowns
// of those that have lost pods. All of it follows from the evictions remembered, so
// it holds across restarts and changes of the leader.
package budget
