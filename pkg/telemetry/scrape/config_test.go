// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/file"

	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
)

// telemetryInterval is that of telemetry, which no file gives.
const telemetryInterval = 15 * time.Second

// write replaces a file at once.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

// job is what a test looks at of a job.
type job struct {
	Name              string
	Interval, Timeout time.Duration
	Body              int64
	Samples, Labels   uint
	Protocols         int
	HonorTimestamps   bool
	MetricsPath       string
}

func jobsOf(loaded *config.Config) []job {
	var jobs []job
	for _, c := range loaded.ScrapeConfigs {
		jobs = append(jobs, job{
			Name:     c.JobName,
			Interval: time.Duration(c.ScrapeInterval), Timeout: time.Duration(c.ScrapeTimeout),
			Body: int64(c.BodySizeLimit), Samples: c.SampleLimit, Labels: c.LabelLimit,
			Protocols: len(c.ScrapeProtocols), HonorTimestamps: c.HonorTimestamps, MetricsPath: c.MetricsPath,
		})
	}
	return jobs
}

func TestLoad(t *testing.T) {
	byDefault := job{
		Name: "a", Interval: telemetryInterval, Timeout: 10 * time.Second,
		Body: 64 << 20, Samples: 50_000, Labels: 128,
		Protocols: 4, HonorTimestamps: true, MetricsPath: "/metrics",
	}
	with := func(change func(*job)) []job {
		changed := byDefault
		change(&changed)
		return []job{changed}
	}
	cases := map[string]struct {
		text     string
		interval time.Duration
		want     []job
	}{
		"an empty file":              {text: ""},
		"comments alone":             {text: "# nothing yet\n"},
		"an end of document":         {text: "scrape_configs: [{job_name: a}]\n---\n", want: []job{byDefault}},
		"empty sections":             {text: "global:\nscrape_configs:\n"},
		"no jobs":                    {text: "global: {scrape_interval: 5s}"},
		"silent":                     {text: "scrape_configs: [{job_name: a}]", want: []job{byDefault}},
		"a global section of others": {text: "global: {evaluation_interval: 30s, external_labels: {cluster: x}}\nscrape_configs: [{job_name: a}]", want: []job{byDefault}},
		"a global interval": {
			text: "global: {scrape_interval: 5s}\nscrape_configs: [{job_name: a}]",
			want: with(func(j *job) { j.Interval, j.Timeout = 5*time.Second, 5*time.Second }),
		},
		"a global interval, as long as that of Prometheus": {
			text: "global: {scrape_interval: 1m}\nscrape_configs: [{job_name: a}]",
			want: with(func(j *job) { j.Interval = time.Minute }),
		},
		"an interval of a job": {
			text: "global: {scrape_interval: 5s}\nscrape_configs: [{job_name: a, scrape_interval: 2m, scrape_timeout: 90s}]",
			want: with(func(j *job) { j.Interval, j.Timeout = 2*time.Minute, 90*time.Second }),
		},
		"an interval that is shorter than the timeout": {
			text: "scrape_configs: [{job_name: a}]", interval: 2 * time.Second,
			want: with(func(j *job) { j.Interval, j.Timeout = 2*time.Second, 2*time.Second }),
		},
		"a global timeout that is longer than the interval": {
			text: "global: {scrape_timeout: 30s}\nscrape_configs: [{job_name: a}]",
			want: with(func(j *job) { j.Timeout = telemetryInterval }),
		},
		"a long interval": {
			text: "scrape_configs: [{job_name: a, scrape_timeout: 20s}]", interval: 5 * time.Minute,
			want: with(func(j *job) { j.Interval, j.Timeout = 5*time.Minute, 20*time.Second }),
		},
		"an interval by a merge": {
			text: "global: &g {scrape_interval: 5s}\nscrape_configs: [{job_name: a, <<: *g}]",
			want: with(func(j *job) { j.Interval, j.Timeout = 5*time.Second, 5*time.Second }),
		},
		"global limits": {
			text: "global: {sample_limit: 7, body_size_limit: 1MB, label_limit: 9}\nscrape_configs: [{job_name: a}]",
			want: with(func(j *job) { j.Samples, j.Body, j.Labels = 7, 1<<20, 9 }),
		},
		"limits of a job": {
			text: "scrape_configs: [{job_name: a, sample_limit: 200000, body_size_limit: 1GB}]",
			want: with(func(j *job) { j.Samples, j.Body = 200_000, 1<<30 }),
		},
		"no limits": {
			text: "global: {sample_limit: 0, body_size_limit: 0, label_limit: 0}\nscrape_configs: [{job_name: a}]",
			want: with(func(j *job) { j.Samples, j.Body, j.Labels = 0, 0, 0 }),
		},
		"what YAML 1.1 takes for booleans": {
			text: "scrape_configs: [{job_name: a, honor_timestamps: no}]",
			want: with(func(j *job) { j.HonorTimestamps = false }),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.interval == 0 {
				tc.interval = telemetryInterval
			}
			path := filepath.Join(t.TempDir(), "scrape.yaml")
			write(t, path, tc.text)
			loaded, err := scrape.Load(path, tc.interval)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, jobsOf(loaded)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadResolvesPathsFromTheFile(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "scrape.yaml")
	write(t, path, `
scrape_configs:
- job_name: a
  tls_config: {ca_file: ca.crt}
  authorization: {credentials_file: /elsewhere/token}
  file_sd_configs: [{files: [targets/*.yaml]}]
`)
	loaded, err := scrape.Load(path, telemetryInterval)
	if err != nil {
		t.Fatal(err)
	}
	got := loaded.ScrapeConfigs[0]
	files := got.ServiceDiscoveryConfigs[0].(*file.SDConfig).Files
	paths := []string{got.HTTPClientConfig.TLSConfig.CAFile, got.HTTPClientConfig.Authorization.CredentialsFile, files[0]}
	if diff := cmp.Diff([]string{directory + "/ca.crt", "/elsewhere/token", directory + "/targets/*.yaml"}, paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	cases := map[string]struct {
		text string
		// want are parts of the error.
		want []string
	}{
		"what is not YAML":       {text: "global:\n  a: b: c", want: []string{"line 2"}},
		"a list":                 {text: "- job_name: a", want: []string{"line 1", "global and scrape_configs"}},
		"a second document":      {text: "scrape_configs: []\n---\nscrape_configs: [{job_name: a}]", want: []string{"line 3", "second YAML document"}},
		"a broken second one":    {text: "scrape_configs: []\n---\na: b: c", want: []string{"line 3"}},
		"another section":        {text: "scrape_configs: []\nremote_write: [{url: http://x}]", want: []string{"remote_write (line 2)", "only global and scrape_configs"}},
		"several other sections": {text: "alerting: {}\nrule_files: [r.yaml]\nscrape_config_files: [x]", want: []string{"alerting (line 1)", "rule_files (line 2)", "scrape_config_files (line 3)"}},
		"a section twice":        {text: "global: {}\nglobal: {}", want: []string{"line 2", "global"}},
		"a bad global section":   {text: "global: {scrape_interval: often}", want: []string{"global", "often"}},
		"an unknown global field": {
			text: "global:\n  scrape_intervall: 5s", want: []string{"line 2", `unknown field "scrape_intervall"`},
		},
		"jobs that are no list": {text: "scrape_configs: {job_name: a}", want: []string{"line 1"}},
		"a null job":            {text: "scrape_configs:\n- job_name: a\n-", want: []string{"scrape_configs[1]", "empty or null"}},
		"a job without a name":  {text: "scrape_configs:\n- job_name: a\n- {}", want: []string{"scrape_configs[1]", "job_name is empty"}},
		"two jobs of one name":  {text: "scrape_configs: [{job_name: a}, {job_name: b}, {job_name: a}]", want: []string{`scrape_configs[2] (job "a")`, "multiple"}},
		"unknown fields, of two jobs": {
			text: "scrape_configs:\n- job_name: a\n  colour: red\n- job_name: b\n  static_configs: [{target: [x]}]",
			want: []string{`scrape_configs[0] (job "a"): line 3: unknown field "colour"`, `scrape_configs[1] (job "b"): line 5: unknown field "target"`},
		},
		"an unknown field below the jobs": {
			text: "scrape_configs:\n- job_name: a\nglobal:\n  colour: red", want: []string{`scrape.yaml: line 4: unknown field "colour"`},
		},
		"another discovery": {
			text: "scrape_configs:\n- job_name: a\n- job_name: b\n  consul_sd_configs: [{server: x}]",
			want: []string{`scrape_configs[1] (job "b"): line 4: consul_sd_configs is not supported`, "kubernetes_sd_configs, static_configs, file_sd_configs, dns_sd_configs, http_sd_configs"},
		},
		"another discovery, by a merge": {
			text: "scrape_configs:\n- job_name: a\n  <<: {consul_sd_configs: []}", want: []string{`job "a"`, "consul_sd_configs"},
		},
		"an unknown role": {
			text: "scrape_configs: [{job_name: a}, {job_name: b, kubernetes_sd_configs: [{role: nodes}]}]",
			want: []string{`job "b"`, `"nodes"`},
		},
		"a bad regular expression": {
			text: "scrape_configs: [{job_name: a}, {job_name: b, relabel_configs: [{regex: '('}]}]", want: []string{`job "b"`, "missing closing )"},
		},
		"a bad relabelling of metrics": {
			text: "scrape_configs: [{job_name: a, metric_relabel_configs: [{action: burn}]}]", want: []string{`job "a"`, `"burn"`},
		},
		"a target that is a URL": {
			text: "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://x:1/metrics']}]}]", want: []string{`job "a"`, "http://x:1/metrics"},
		},
		"a timeout that is longer than the interval": {
			text: "scrape_configs: [{job_name: a, scrape_interval: 5s, scrape_timeout: 6s}]", want: []string{`job "a"`, "timeout greater than scrape interval"},
		},
		"a timeout that is longer than the interval of telemetry": {
			text: "scrape_configs: [{job_name: a, scrape_timeout: 30s}]", want: []string{`job "a"`, "scrape_timeout (30s)", "telemetry.interval (15s)"},
		},
		"two ways of authorization": {
			text: "scrape_configs: [{job_name: a, basic_auth: {username: u}, authorization: {credentials: c}}]", want: []string{`job "a"`, "at most one of"},
		},
		"file discovery of another kind of file": {
			text: "scrape_configs: [{job_name: a, file_sd_configs: [{files: [targets.txt]}]}]", want: []string{`job "a"`, "targets.txt"},
		},
		"DNS without a port": {
			text: "scrape_configs: [{job_name: a, dns_sd_configs: [{names: [x], type: A}]}]", want: []string{`job "a"`, "port is required"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "scrape.yaml")
			write(t, path, tc.text)
			loaded, err := scrape.Load(path, telemetryInterval)
			if err == nil {
				t.Fatalf("got %v, want an error", jobsOf(loaded))
			}
			for _, want := range append(tc.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error\n%s\nwant in it: %s", err, want)
				}
			}
		})
	}
}

func TestLoadOfNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scrape.yaml")
	if _, err := scrape.Load(path, telemetryInterval); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v, want one that names the file", err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "global:", "scrape_configs: [{job_name: a, scrape_timeout: 30s}]", "scrape_configs:\n- job_name: a\n-",
		"global: &g {scrape_interval: 5s}\nscrape_configs: [{job_name: a, <<: *g}]", "scrape_configs: &a [*a]", "? [a]\n: b", "--- a\n--- b",
		"scrape_configs: !!null [{job_name: a}]", "a", "scrape_configs: [{job_name: a, x_sd_configs: 1}]",
	} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "scrape.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		write(t, path, text)
		if loaded, err := scrape.Load(path, telemetryInterval); (loaded == nil) == (err == nil) {
			t.Errorf("got %v and error %v, want one of them", loaded, err)
		}
	})
}
