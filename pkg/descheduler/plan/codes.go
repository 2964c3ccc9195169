// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import "github.com/loadline-dev/loadline/pkg/descheduler/reason"

// Why nothing is moved off a node at all.
const (
	// NodeGone: the node is not there any more.
	NodeGone reason.Code = "NodeGone"
	// NotMeasured: what the node measures is not known.
	NotMeasured reason.Code = "NotMeasured"
	// GoalReached: the node is below clear without the pods that are leaving it.
	GoalReached reason.Code = "GoalReached"
	// NoneMovable: no pod of the node can be moved.
	NoneMovable reason.Code = "NoneMovable"
)

// Why a pod is not moved.
const (
	// NotGoverned: the rule set is not for the pod.
	NotGoverned reason.Code = "NotGoverned"
	// Leaving: an earlier rule of the plan moves the pod.
	Leaving reason.Code = "Leaving"
	// ShareUnknown: nobody knows what the pod uses.
	ShareUnknown reason.Code = "ShareUnknown"
	// NoShare: the pod uses nothing of what the node is short of.
	NoShare reason.Code = "NoShare"
	// LastReady: the plan moves pods of the workload already, and without this one
	// too none would be left that is ready.
	LastReady reason.Code = "LastReady"
	// DisruptionsUsed: the plan moves as many pods already as their
	// PodDisruptionBudget allows.
	DisruptionsUsed reason.Code = "DisruptionsUsed"
	// NotNeeded: others suffice.
	NotNeeded reason.Code = "NotNeeded"
	// LaterStep: it is not the pod's turn yet.
	LaterStep reason.Code = "LaterStep"
	// OneAtATime: while a node is saturated one pod goes in each window.
	OneAtATime reason.Code = "OneAtATime"
	// NotTried: for too many others it was found that they cannot be placed.
	NotTried reason.Code = "NotTried"
)

// Why a pod would not do well elsewhere.
const (
	// NoFit: the scheduler finds no node for the pod, and does not say why.
	NoFit reason.Code = "NoFit"
	// FitFailed: the scheduler could not be asked.
	FitFailed reason.Code = "FitFailed"
	// SameNode: the scheduler would place the pod where it is.
	SameNode reason.Code = "SameNode"
	// DestinationUnknown: the node is not known, or not measured.
	DestinationUnknown reason.Code = "DestinationUnknown"
	// DestinationLeaving: the node is being deleted.
	DestinationLeaving reason.Code = "DestinationLeaving"
	// DestinationCordoned: the node takes no pods.
	DestinationCordoned reason.Code = "DestinationCordoned"
	// DestinationExpecting: a pod of an earlier plan has yet to come to the node.
	DestinationExpecting reason.Code = "DestinationExpecting"
	// DestinationNotClear: with the pod the node would not stay clear of a line.
	DestinationNotClear reason.Code = "DestinationNotClear"
	// DestinationNotLower: with the pod the node would measure no less than the one
	// that the pod is on.
	DestinationNotLower reason.Code = "DestinationNotLower"
)
