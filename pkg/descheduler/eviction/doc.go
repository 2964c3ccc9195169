// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package eviction asks the API server to evict pods, and no pod again too soon
// that it has refused to.
package eviction
