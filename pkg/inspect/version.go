// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"net/http"
	"runtime"

	"github.com/loadline-dev/loadline/pkg/version"
)

// VersionPath answers with a Version, on the scheduler and on the descheduler.
const VersionPath = "/v1/version"

// Version is what is running.
type Version struct {
	// Version is that of Loadline, such as v0.1.0. "(devel)" where it was built from
	// something that has none.
	Version string `json:"version"`
	// Go is the version that it was built with.
	Go string `json:"go"`
}

func serveVersion(w http.ResponseWriter, r *http.Request) {
	Answer(w, r, Version{Version: version.Get(), Go: runtime.Version()})
}
