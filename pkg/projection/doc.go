// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package projection tells what a node will measure once it shows all of the
// pods that are on it.
//
// A metric is a look back: a mean over five minutes contains a fifth of a pod
// that has run for one, and still contains a pod that left a minute ago. The
// value that placement goes by is therefore
//
//	measured + sum over placed pods p of max(0, estimate(p) - contained(p))
//	         - sum over gone pods q of contained(q)
//
// over the pods placed on, and gone from, the node within the metric's window,
// plus the estimate of the pod that is being placed. contained is the part of a
// pod that the node's sample already has in it. Where that is not known it
// counts as nothing: the projected value is then too high for the time of a
// window, and never too low. As telemetry catches up the correction vanishes.
//
// Amounts are in the unit of the metric's resource (cores, bytes, devices), so
// that a pod counts the same on nodes of different sizes.
package projection
