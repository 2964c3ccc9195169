// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// +k8s:deepcopy-gen=package
// +groupName=loadline.dev

// Package v1alpha1 holds every type that a person writes for Loadline: rule
// sets, kept in ConfigMaps, the arguments of the scheduler plugin, and the
// configuration of the descheduler.
//
// Decoding is strict and validation names the field, by the conventions of
// apimachinery. The package does no I/O and imports nothing else of Loadline.
package v1alpha1
