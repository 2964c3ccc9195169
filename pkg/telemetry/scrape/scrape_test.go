// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
)

func TestScrape(t *testing.T) {
	measured := time.Now().Add(-20 * time.Second).Truncate(time.Millisecond)
	e := export(t, fmt.Sprintf(`# TYPE watts gauge
watts{socket="0",serial="x1"} 120
watts{socket="1",serial="x2"} 80
volts 12
heat 71 %d
`, measured.UnixMilli()))
	r := run(t, fmt.Sprintf(`
scrape_configs:
- job_name: power
  metrics_path: /power
  params: {module: [rack]}
  authorization: {credentials: secret}
  static_configs:
  - targets: [%s, dropped:1]
    labels: {rack: r7}
  relabel_configs:
  - {source_labels: [__address__], regex: "dropped:.*", action: drop}
  - {source_labels: [rack], regex: r(.*), replacement: node-$1, target_label: node}
  - {target_label: instance, replacement: here}
  metric_relabel_configs:
  - {source_labels: [__name__], regex: volts, action: drop}
  - {regex: serial, action: labeldrop}
`, e.address))
	const labels = `instance="here", job="power", node="node-7", rack="r7"`
	r.awaitQuery(`watts`, map[string]float64{
		`{__name__="watts", ` + labels + `, socket="0"}`: 120,
		`{__name__="watts", ` + labels + `, socket="1"}`: 80,
	})
	r.awaitQuery(`up`, map[string]float64{`{__name__="up", ` + labels + `}`: 1})
	r.awaitQuery(`timestamp(heat)`, map[string]float64{`{` + labels + `}`: float64(measured.UnixMilli()) / 1000})
	r.awaitQuery(`volts`, map[string]float64{})
	if got := e.lastRequest(); got.URL.String() != "/power?module=rack" || got.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("got a request for %s with authorization %q", got.URL, got.Header.Get("Authorization"))
	}
	// What changes is seen within an interval, and what is gone does not linger
	// for the lookback of five minutes.
	e.answer(http.StatusOK, `watts{socket="0"} 121`+"\n")
	r.awaitQuery(`watts`, map[string]float64{`{__name__="watts", ` + labels + `, socket="0"}`: 121})
}

// A target that explodes is cut off, and harms no other.
func TestLimits(t *testing.T) {
	var large strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&large, "m{i=\"%d\"} 1\n", i)
	}
	var labels strings.Builder
	for i := range 128 {
		fmt.Fprintf(&labels, `l%d="x",`, i)
	}
	good := export(t, "m 1\n")
	cases := map[string]struct{ body, want string }{
		"samples": {body: large.String(), want: "sample limit exceeded"},
		"body":    {body: "m 1\n# " + strings.Repeat("x", 1<<20) + "\n", want: "body size limit exceeded"},
		"labels":  {body: "m{" + labels.String() + "} 1\n", want: "label_limit exceeded"},
		"name":    {body: "m{" + strings.Repeat("l", 513) + `="x"} 1` + "\n", want: "label_name_length_limit exceeded"},
		"value":   {body: `m{l="` + strings.Repeat("x", 4097) + `"} 1` + "\n", want: "label_value_length_limit exceeded"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bad := export(t, tc.body)
			r := run(t, fmt.Sprintf(`
global: {body_size_limit: 1MB, sample_limit: 1000} # the others by default
scrape_configs:
- job_name: exporters
  static_configs:
  - {targets: [%s], labels: {node: good}}
  - {targets: [%s], labels: {node: bad}}
`, good.address, bad.address))
			r.awaitQuery(`max by (node) (up)`, map[string]float64{`{node="good"}`: 1, `{node="bad"}`: 0})
			r.awaitQuery(`count by (node) (m)`, map[string]float64{`{node="good"}`: 1})
			r.awaitLog("Unable to scrape some targets", `job="exporters"`, "failed=1 targets=2", bad.address, tc.want, "Loadline has its own")
		})
	}
}

// The log tells once that targets fail, and once that they are well again.
func TestHealth(t *testing.T) {
	a, b := export(t, "m 1\n"), export(t, "m 1\n")
	r := run(t, fmt.Sprintf(`
scrape_configs:
- job_name: exporters
  static_configs: [{targets: [%s, %s]}]
- job_name: filtered
  static_configs: [{targets: [x:1, y:1]}]
  relabel_configs: [{action: drop}]
`, a.address, b.address))
	awaitMetrics := func(want string) {
		t.Helper()
		await(t, "metrics", func() string {
			err := testutil.GatherAndCompare(r.registry, strings.NewReader(want), "loadline_scrape_targets", "loadline_scrape_config_refused")
			if err != nil {
				return err.Error()
			}
			return ""
		})
	}
	const exported = `
# HELP loadline_scrape_config_refused [ALPHA] 1 while the scrape configuration file cannot be used and the last good one goes on, else 0.
# TYPE loadline_scrape_config_refused gauge
loadline_scrape_config_refused 0
# HELP loadline_scrape_targets [ALPHA] Number of targets of a scrape job, by how the last scrape went: up, down, or unknown before the first.
# TYPE loadline_scrape_targets gauge
loadline_scrape_targets{job="exporters",state="down"} %d
loadline_scrape_targets{job="exporters",state="unknown"} 0
loadline_scrape_targets{job="exporters",state="up"} %d
`
	const filtered = `loadline_scrape_targets{job="filtered",state="down"} 0
loadline_scrape_targets{job="filtered",state="unknown"} 0
loadline_scrape_targets{job="filtered",state="up"} 0
`
	awaitMetrics(fmt.Sprintf(exported, 0, 2) + filtered)
	r.awaitLog("The scrape job has no targets", `job="filtered"`, "droppedByRelabelling=2")

	b.answer(http.StatusInternalServerError, "")
	awaitMetrics(fmt.Sprintf(exported, 1, 1) + filtered)
	r.awaitLog("Unable to scrape some targets", `job="exporters"`, "failed=1 targets=2", "500 Internal Server Error", fmt.Sprintf("example=%q", b.address))
	r.awaitQuery(`m`, map[string]float64{fmt.Sprintf(`{__name__="m", instance=%q, job="exporters"}`, a.address): 1})

	b.answer(http.StatusOK, "m 2\n")
	r.awaitLog("All targets of the scrape job can be scraped again", `job="exporters"`, "targets=2")
	write(t, r.file, fmt.Sprintf("scrape_configs: [{job_name: exporters, static_configs: [{targets: [%s, %s]}]}]", a.address, b.address))
	awaitMetrics(fmt.Sprintf(exported, 0, 2)) // without those of the job that is gone
	for text, want := range map[string]int{"Unable to scrape": 1, "scraped again": 1, "no targets": 1} {
		if got := r.logLines(text); got != want {
			t.Errorf("got %d lines with %q, want %d:\n%s", got, text, want, r.log())
		}
	}
}

func TestEdits(t *testing.T) {
	a, b := export(t, "m 1\n"), export(t, "m 2\n")
	jobs := func(more string) string {
		return fmt.Sprintf("scrape_configs:\n- job_name: a\n  static_configs: [{targets: [%s]}]\n%s", a.address, more)
	}
	jobB := fmt.Sprintf("- job_name: b\n  static_configs: [{targets: [%s]}]\n", b.address)
	r := run(t, jobs(""))
	onlyA, both := map[string]float64{`{job="a"}`: 1}, map[string]float64{`{job="a"}`: 1, `{job="b"}`: 2}
	r.awaitQuery(`sum by (job) (m)`, onlyA)

	// A job comes and goes. The end of its series is marked.
	write(t, r.file, jobs(jobB))
	r.awaitQuery(`sum by (job) (m)`, both)
	write(t, r.file, jobs(""))
	r.awaitQuery(`sum by (job) (m)`, onlyA)

	// A bad edit changes nothing, and is told once.
	write(t, r.file, jobs("- job_name: b\n  colour: red\n"))
	r.awaitLog("Scrape configuration refused; the last good one goes on", r.file, `job \"b\"`, "line 5", `unknown field \"colour\"`)
	awaitScrapes(r, a)
	if got := r.logLines("Scrape configuration refused"); got != 1 {
		t.Errorf("got %d lines about one bad edit, want 1:\n%s", got, r.log())
	}
	a.answer(http.StatusOK, "m 1\n")

	// Neither does an edit that names a file that is not there, until it is.
	ca := filepath.Join(filepath.Dir(r.file), "ca.crt")
	write(t, r.file, jobs(jobB+"  tls_config: {ca_file: ca.crt}\n"))
	r.awaitLog("Scrape configuration refused", `job \"b\"`, ca)
	write(t, ca, certificate(t))
	r.awaitQuery(`sum by (job) (m)`, both)

	// Nor that there is no file at all, or the same as before again.
	good := jobs(jobB + "  tls_config: {ca_file: ca.crt}\n")
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	r.awaitLog("Scrape configuration refused", "reading the scrape configuration", "no such file")
	inForce := r.logLines("Scrape configuration is in force")
	write(t, r.file, good)
	await(t, "the same configuration to be in force again", func() string {
		if r.logLines("Scrape configuration is in force") != inForce+1 {
			return r.log()
		}
		return ""
	})
	r.awaitQuery(`sum by (job) (m)`, both)
}

// What is other at each look is still being written.
func TestUnfinishedEdit(t *testing.T) {
	const other = "/proc/sys/kernel/random/uuid" // at each reading
	if _, err := os.Stat(other); err != nil {
		t.Skipf("there is no file that changes all the time: %v", err)
	}
	e := export(t, "m 1\n")
	text := fmt.Sprintf("scrape_configs: [{job_name: a, static_configs: [{targets: [%s]}]}]", e.address)
	r := run(t, text)
	r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="a"}`: 1})
	if err := os.Symlink(other, r.file+"~"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(r.file+"~", r.file); err != nil {
		t.Fatal(err)
	}
	awaitScrapes(r, e)
	write(t, r.file, strings.ReplaceAll(text, "job_name: a", "job_name: b"))
	r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="b"}`: 4})
	if got := r.logLines("refused"); got != 0 {
		t.Errorf("got %d lines about what was still being written, want none:\n%s", got, r.log())
	}
}

// awaitScrapes waits for some scrapes of job a, and so for as many looks at the
// file. The last one yields 4.
func awaitScrapes(r *running, e *exporter) {
	r.Helper()
	for value := range 5 {
		e.answer(http.StatusOK, fmt.Sprintf("m %v\n", value))
		r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="a"}`: float64(value)})
	}
}

// A kubelet writes a ConfigMap into a new directory, to which it then turns a
// link.
func TestConfigMap(t *testing.T) {
	a, b := export(t, "m 1\n"), export(t, "m 2\n")
	mount := t.TempDir()
	swap := func(version, text, targets string) {
		t.Helper()
		directory := filepath.Join(mount, version)
		if err := os.Mkdir(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(directory, "scrape.yaml"), text)
		write(t, filepath.Join(directory, "targets.json"), targets)
		link := filepath.Join(mount, "..data")
		if err := os.Symlink(version, link+"_tmp"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+"_tmp", link); err != nil {
			t.Fatal(err)
		}
	}
	const text = "scrape_configs: [{job_name: %s, file_sd_configs: [{files: [targets.json]}]}]"
	swap("..1", fmt.Sprintf(text, "first"), fmt.Sprintf(`[{"targets": [%q]}]`, a.address))
	for _, name := range []string{"scrape.yaml", "targets.json"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(mount, name)); err != nil {
			t.Fatal(err)
		}
	}
	r := runFile(t, filepath.Join(mount, "scrape.yaml"))
	r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="first"}`: 1})
	swap("..2", fmt.Sprintf(text, "first"), fmt.Sprintf(`[{"targets": [%q]}]`, b.address))
	r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="first"}`: 2})
	swap("..3", fmt.Sprintf(text, "second"), fmt.Sprintf(`[{"targets": [%q]}]`, b.address))
	r.awaitQuery(`sum by (job) (m)`, map[string]float64{`{job="second"}`: 2})
}

func TestNewRefuses(t *testing.T) {
	// As outside a cluster, wherever the test runs.
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	cases := map[string]struct {
		text string
		// want are parts of the error.
		want []string
	}{
		"a bad file":            {text: "scrape_configs: [{}]", want: []string{"scrape_configs[0]", "job_name is empty"}},
		"an authority no file":  {text: "scrape_configs: [{job_name: a, tls_config: {ca_file: none.crt}}]", want: []string{`job "a"`, "none.crt"}},
		"one of http discovery": {text: "scrape_configs: [{job_name: a, http_sd_configs: [{url: 'https://x', tls_config: {ca_file: none.crt}}]}]", want: []string{`job "a"`, "http_sd_configs", "none.crt"}},
		"no cluster around":     {text: "scrape_configs: [{job_name: a, kubernetes_sd_configs: [{role: node}]}]", want: []string{`job "a"`, "kubernetes_sd_configs", "kubeconfig_file or api_server"}},
		"a kubeconfig no file":  {text: "scrape_configs: [{job_name: a, kubernetes_sd_configs: [{role: node, kubeconfig_file: none}]}]", want: []string{`job "a"`, "none"}},
		"a log in no directory": {text: "scrape_configs: [{job_name: a, scrape_failure_log_file: none/log}]", want: []string{"none/log"}},
	}
	database := open(t, t.Context())
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "scrape.yaml")
			write(t, file, tc.text)
			_, err := scrape.New(t.Context(), scrape.Settings{File: file, Interval: interval}, database.Appendable(), metrics.NewKubeRegistry().Register)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range append(tc.want, file) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
		})
	}
}

// Many an example for Prometheus shows the targets the token of its own
// ServiceAccount, which is another one here.
func TestOwnTokenIsToldOf(t *testing.T) {
	const text = "scrape_configs:\n- {job_name: own, authorization: {credentials_file: %[1]s/token}}\n- {job_name: other, authorization: {credentials_file: /etc/loadline/token}}\n- {job_name: older, bearer_token_file: %[1]s/token}\n"
	r := run(t, fmt.Sprintf(text, "/var/run/secrets/kubernetes.io/serviceaccount"))
	got := map[string]int{}
	for _, job := range []string{"own", "other", "older"} {
		got[job] = r.logLines("shows its targets the token", fmt.Sprintf("job=%q", job))
	}
	if diff := cmp.Diff(map[string]int{"own": 1, "other": 0, "older": 1}, got); diff != "" {
		t.Errorf("lines of the log by job (-want +got):\n%s\n%s", diff, r.log())
	}
}
