// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package simulation is a cluster in fake time, for seeing what the descheduler
// makes of days in seconds.
//
// Real are the API objects, the verdicts and projections, the descheduler's loop
// with all of its parts, and its calls of the Eviction API. Simulated are what
// surrounds them: pods that use CPU and memory and take their time to start and
// to stop, controllers that replace them, disruption budgets, a scheduler that
// places them by the verdicts, and measurements with a window, an age and
// failures. The same seed always gives the same course of events.
package simulation
