// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package version tells which version of Loadline a program is.
package version

import (
	"runtime/debug"

	"github.com/spf13/pflag"
)

// stamped is what the linker of a release says:
//
//	-X github.com/loadline-dev/loadline/pkg/version.stamped=v0.1.0
var stamped string

// unknown is the version of what was built neither by a release nor by
// "go install ...@version".
const unknown = "(devel)"

// flagName is that of the flag with which Kubernetes' programs print their version.
const flagName = "version"

// Get is the version of this program.
func Get() string {
	info, _ := debug.ReadBuildInfo()
	return of(stamped, info)
}

func of(stamped string, info *debug.BuildInfo) string {
	switch {
	case stamped != "":
		return stamped
	case info != nil && info.Main.Version != "":
		return info.Main.Version
	}
	return unknown
}

// Requested says whether the flag --version asks to print the version and to do
// nothing else. With a version as its value, it asks for something else.
func Requested(flags *pflag.FlagSet) bool {
	flag := flags.Lookup(flagName)
	return flag != nil && flag.Changed && (flag.Value.String() == "true" || flag.Value.String() == "raw")
}
