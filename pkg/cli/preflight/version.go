// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/discovery"

	"github.com/loadline-dev/loadline/pkg/emulation"
)

// checkVersion compares the API server's version with those that this release
// can serve, by the scheduler's own rule.
func checkVersion(client discovery.ServerVersionInterface) (Check, error) {
	answer, err := client.ServerVersion()
	if err != nil {
		return Check{}, fmt.Errorf("asking the API server for its version: %w", err)
	}
	check := Check{Name: "API server", State: OK}
	server, err := emulation.VersionOf(answer)
	if err != nil {
		check.State, check.Text = Unknown, fmt.Sprintf("its version %q cannot be read: %v", answer.GitVersion, err)
		return check, nil
	}
	effective := compatibility.DefaultBuildEffectiveVersion()
	oldest, newest, _ := strings.Cut(effective.AllowedEmulationVersionRange(), "..")
	newest, _, _ = strings.Cut(newest, "(")
	check.Text = fmt.Sprintf("%s; this release of Loadline is for %s to %s", answer.GitVersion, oldest, newest)
	switch _, err := emulation.For(server, effective); {
	case err != nil:
		check.State, check.Remedy = Failed, "Upgrade the API server, or run an older release of Loadline."
	case server.GreaterThan(version.MustParseGeneric(newest).WithPatch(server.Patch())):
		check.State = Warning
		check.Remedy = "Loadline mostly works with an API server that is one version newer. Upgrade Loadline when there is a release for it."
	}
	return check, nil
}
