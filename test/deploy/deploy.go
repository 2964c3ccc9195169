// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package deploy installs Loadline in a cluster in a box from the manifests that
// users apply, and runs its programs under the ServiceAccounts and the rights
// that they give them.
package deploy

// Namespace is where Loadline is installed.
const Namespace = "loadline-system"

// SchedulerName is what pods name to be placed by Loadline.
const SchedulerName = "loadline-scheduler"
