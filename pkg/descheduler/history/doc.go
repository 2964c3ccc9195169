// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package history remembers the latest evictions and what came of them, across
// restarts and changes of the leader.
//
// It is kept in one ConfigMap, which a person can read, and by an annotation of
// which a person stops evictions. Whoever writes it has read what was there
// before: that makes sure that a leader whose lease has passed to another does
// nothing that the other does not know of.
package history
