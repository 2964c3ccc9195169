// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"

	"github.com/loadline-dev/loadline/pkg/emulation"
)

// writeFile writes a file of this test and returns its path.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// schedulerConfig is a configuration with the given path of a kubeconfig.
func schedulerConfig(t *testing.T, kubeconfig string) string {
	return writeFile(t, "config.yaml", `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection: {kubeconfig: "`+kubeconfig+`"}
`)
}

// configFor is a configuration that leads to an API server.
func configFor(t *testing.T, server string) string {
	return schedulerConfig(t, writeFile(t, "kubeconfig", `
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: s}}]
clusters: [{name: s, cluster: {server: "`+server+`"}}]
`))
}

// apiServer is one of which only the version is known.
func apiServer(t *testing.T, gitVersion string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"gitVersion": "`+gitVersion+`"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// closedAddress is one on which nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// prepare runs what comes before the start of the scheduler, and tells the
// emulated version and whether upstream's own preparation was reached.
func prepare(t *testing.T, arguments ...string) (emulated string, reached bool, err error) {
	t.Helper()
	command := app.NewSchedulerCommand()
	command.PersistentPreRunE = func(*cobra.Command, []string) error {
		reached = true
		return nil
	}
	prepareBeforeStart(command, &vigil{})
	if err := command.ParseFlags(arguments); err != nil {
		t.Fatal(err)
	}
	version := command.Flags().Lookup("version")
	t.Cleanup(func() { version.Changed = false }) // all commands of a process share it
	err = command.PersistentPreRunE(command, nil)
	if flag := command.Flags().Lookup(emulation.Flag); flag.Changed {
		emulated = strings.Trim(flag.Value.String(), "[]")
	}
	return emulated, reached, err
}

func TestPreparation(t *testing.T) {
	cases := map[string]struct {
		arguments func(t *testing.T) []string
		// want is the emulated version, as the flag takes it.
		want string
	}{
		"a server of this version": {
			arguments: func(t *testing.T) []string { return []string{"--config", configFor(t, apiServer(t, "v1.37.1"))} },
		},
		"an older server": {
			arguments: func(t *testing.T) []string { return []string{"--config", configFor(t, apiServer(t, "v1.36.4+k3s1"))} },
			want:      "kube=1.36",
		},
		"the version was given": {
			arguments: func(t *testing.T) []string {
				return []string{"--config", configFor(t, "http://"+closedAddress(t)), "--emulated-version=kube=1.35"}
			},
			want: "kube=1.35",
		},
		"the server was given": {
			arguments: func(t *testing.T) []string {
				return []string{"--config", schedulerConfig(t, ""), "--master", apiServer(t, "v1.36.0")}
			},
			want: "kube=1.36",
		},
		"only the version is asked for": {
			arguments: func(*testing.T) []string { return []string{"--version"} },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, reached, err := prepare(t, tc.arguments(t)...)
			if err != nil {
				t.Fatal(err)
			}
			if !reached {
				t.Error("upstream's own preparation was left out")
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPreparationRefuses(t *testing.T) {
	closed := closedAddress(t)
	cases := map[string]struct {
		arguments func(t *testing.T) []string
		// want are parts of the error.
		want []string
	}{
		"no configuration": {
			arguments: func(*testing.T) []string { return nil },
			want:      []string{"--config is required", "stock scheduler"},
		},
		"no configuration, but a version to report": {
			arguments: func(*testing.T) []string { return []string{"--version=v0.0.0-master"} },
			want:      []string{"--config is required"},
		},
		"a configuration that is missing": {
			arguments: func(*testing.T) []string { return []string{"--config", "/does/not/exist.yaml"} },
			want:      []string{"reading --config /does/not/exist.yaml", "no such file"},
		},
		"a configuration with a mistake": {
			arguments: func(t *testing.T) []string {
				return []string{"--config", writeFile(t, "config.yaml", "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofilez: []\n")}
			},
			want: []string{"reading --config", "profilez"},
		},
		"no way to the API server": {
			arguments: func(t *testing.T) []string { return []string{"--config", schedulerConfig(t, "")} },
			want:      []string{"does not run in a pod", "clientConnection.kubeconfig", "config.yaml"},
		},
		"a kubeconfig that is missing": {
			arguments: func(t *testing.T) []string { return []string{"--config", schedulerConfig(t, "/does/not/exist")} },
			want:      []string{"clientConnection.kubeconfig", "/does/not/exist"},
		},
		"an API server that cannot be reached": {
			arguments: func(t *testing.T) []string { return []string{"--config", configFor(t, "http://"+closed)} },
			want:      []string{"API server at http://" + closed, "connection refused"},
		},
		"an API server of no version": {
			arguments: func(t *testing.T) []string { return []string{"--config", configFor(t, apiServer(t, "unknown"))} },
			want:      []string{"reading the API server's version"},
		},
		"an API server that is too old": {
			arguments: func(t *testing.T) []string { return []string{"--config", configFor(t, apiServer(t, "v1.20.0"))} },
			want:      []string{"the API server has version 1.20", "older release of Loadline"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBERNETES_SERVICE_HOST", "")
			_, reached, err := prepare(t, tc.arguments(t)...)
			if err == nil || reached {
				t.Fatalf("got error %v, want one before upstream's own preparation", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
		})
	}
}
