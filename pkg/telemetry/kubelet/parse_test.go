// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// names makes a set.
func names(of ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range of {
		set[name] = true
	}
	return set
}

// nodeNamed is one without an address, which is its own instance.
func nodeNamed(name string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

// short are the samples without the labels that they all have.
func short(t *testing.T, samples map[string]timed) map[string]timed {
	t.Helper()
	got := map[string]timed{}
	for series, sample := range samples {
		for _, label := range []string{`instance="a"`, `job="kubelet"`, `node="a"`} {
			var found bool
			if series, found = cutOut(series, label); !found {
				t.Errorf("%s lacks the label %s", series, label)
			}
		}
		got[series] = sample
	}
	return got
}

func cutOut(series, label string) (string, bool) {
	for _, separated := range []string{label + ", ", ", " + label} {
		if before, after, found := strings.Cut(series, separated); found {
			return before + after, true
		}
	}
	return series, false
}

func TestParse(t *testing.T) {
	const long = maxLine + 100
	cases := map[string]struct {
		body   string
		wanted Wanted
		max    int // 100 where it is not given
		want   map[string]timed
		// dropped is how many series are beyond the limit.
		dropped int
		// wantErr are parts of the error.
		wantErr []string
	}{
		"of the node alone": {
			body: example + "node_swap_usage_bytes 3\n",
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:  {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`: {1.616273408e+09, 1772366391000},
				`{__name__="node_swap_usage_bytes"}`:         {3, 0},
			},
		},
		"of all pods": {
			body:   example,
			wanted: Wanted{Everywhere: names("container_memory_working_set_bytes", "resource_scrape_error", "kube_node_labels")},
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:                                                          {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`:                                                         {1.616273408e+09, 1772366391000},
				`{__name__="container_memory_working_set_bytes", container="main", namespace="default", pod="busy"}`: {1.5044608e+07, 1772366392000},
				`{__name__="resource_scrape_error"}`:                                                                 {0, 0},
			},
		},
		"of the pods of this node": {
			body:   example,
			wanted: Wanted{PodsOn: names("a")},
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:                                 {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`:                                {1.616273408e+09, 1772366391000},
				`{__name__="pod_cpu_usage_seconds_total", namespace="default", pod="busy"}`: {4.67812, 1772366392000},
			},
		},
		"of the pods of another node": {
			body:   example,
			wanted: Wanted{PodsOn: names("b")},
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:  {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`: {1.616273408e+09, 1772366391000},
			},
		},
		"a name that begins with another": {
			body: "node_cpu_usage_seconds_total_not 1\nnode_cpu_usage_seconds 1\n", want: map[string]timed{},
		},
		"labels that are ours": {
			body:   `m{node="b",instance="i",job="j",exported_job="e",pod="p"} 1` + "\n",
			wanted: Wanted{Everywhere: names("m")},
			want: map[string]timed{
				`{__name__="m", exported_exported_job="j", exported_instance="i", exported_job="e", exported_node="b", pod="p"}`: {1, 0},
			},
		},
		"empty labels": {
			body:   `m{pod="",node="",namespace="n"} 1` + "\n",
			wanted: Wanted{Everywhere: names("m")},
			want:   map[string]timed{`{__name__="m", namespace="n"}`: {1, 0}},
		},
		"names that are ours to say": {
			body:   "up 1\nkube_node_status_capacity{resource=\"memory\"} 1\nnode_swap_usage_bytes 1\n",
			wanted: Wanted{Everywhere: names("up", "kube_node_status_capacity")},
			want:   map[string]timed{`{__name__="node_swap_usage_bytes"}`: {1, 0}},
		},
		"a name in braces": {
			body:   `{"m",pod="p"} 1` + "\n" + `{"other",pod="p"} 1` + "\n" + `{"up"} 0` + "\n",
			wanted: Wanted{Everywhere: names("m", "up")},
			want:   map[string]timed{`{__name__="m", pod="p"}`: {1, 0}},
		},
		"space": {
			body:   "\n \t\n \tm{ pod = \"p\" , } 1 1000\n\nm 2",
			wanted: Wanted{Everywhere: names("m")},
			want:   map[string]timed{`{__name__="m", pod="p"}`: {1, 1000}, `{__name__="m"}`: {2, 0}},
		},
		"escapes": {
			body:   `m{pod="a\"b\\c\nd}"} 1` + "\n",
			wanted: Wanted{Everywhere: names("m")},
			want:   map[string]timed{`{__name__="m", pod="a\"b\\c\nd}"}`: {1, 0}},
		},
		"nothing":                {want: map[string]timed{}},
		"comments that are long": {body: "# " + strings.Repeat("x", 3*long) + "\nnode_swap_usage_bytes 1\n", want: map[string]timed{`{__name__="node_swap_usage_bytes"}`: {1, 0}}},
		"long lines of others":   {body: `x{a="` + strings.Repeat("x", 3*long) + "\"} 1\nnode_swap_usage_bytes 1\n", want: map[string]timed{`{__name__="node_swap_usage_bytes"}`: {1, 0}}},
		"a long line at the end": {body: "node_swap_usage_bytes 1\n" + `x{a="` + strings.Repeat("x", long), want: map[string]timed{`{__name__="node_swap_usage_bytes"}`: {1, 0}}},
		"malformed line of others": {
			body: "x{ 1 1 1\nnode_swap_usage_bytes 1\n", want: map[string]timed{`{__name__="node_swap_usage_bytes"}`: {1, 0}},
		},
		"as many as are kept": {
			body:   example,
			wanted: Wanted{Everywhere: names("pod_cpu_usage_seconds_total")}, max: 3,
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:                                 {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`:                                {1.616273408e+09, 1772366391000},
				`{__name__="pod_cpu_usage_seconds_total", namespace="default", pod="busy"}`: {4.67812, 1772366392000},
			},
		},
		"more than are kept: those of the node first": {
			body:   "m{i=\"1\"} 1\nm{i=\"2\"} 1\nm{i=\"3\"} 1\nm{i=\"4\"} 1\n" + example,
			wanted: Wanted{Everywhere: names("m")}, max: 3,
			want: map[string]timed{
				`{__name__="node_cpu_usage_seconds_total"}`:  {357.35491, 1772366390000},
				`{__name__="node_memory_working_set_bytes"}`: {1.616273408e+09, 1772366391000},
				`{__name__="m", i="1"}`:                      {1, 0},
			},
			dropped: 3,
		},
		"more than are kept of the node itself": {
			body: "node_swap_usage_bytes{i=\"1\"} 1\nnode_swap_usage_bytes{i=\"2\"} 1\nnode_swap_usage_bytes{i=\"3\"} 1\nm 1\n", max: 2,
			wanted: Wanted{Everywhere: names("m")},
			want: map[string]timed{
				`{__name__="node_swap_usage_bytes", i="1"}`: {1, 0},
				`{__name__="node_swap_usage_bytes", i="2"}`: {1, 0},
			},
			dropped: 2,
		},
		"not Prometheus' text format": {body: "{\"kind\": \"Status\"}\n", wantErr: []string{`"{\"kind\":"`}},
		"a web page":                  {body: "node_swap_usage_bytes 1\n<html>\n", wantErr: []string{"line 2", "<html>"}},
		"malformed":                   {body: "node_swap_usage_bytes{\n", wantErr: []string{"node_swap_usage_bytes"}},
		"malformed value":             {body: "node_swap_usage_bytes one\n", wantErr: []string{"one"}},
		"a label twice": {
			body: `m{pod="a",pod="b"} 1` + "\n", wanted: Wanted{Everywhere: names("m")}, wantErr: []string{`"pod" twice`},
		},
		"a label that is no text": {
			body: "m{pod=\"\xff\"} 1\n", wanted: Wanted{Everywhere: names("m")}, wantErr: []string{"UTF-8"},
		},
		"a long line": {
			body: "\nnode_swap_usage_bytes{a=\"" + strings.Repeat("x", long) + "\"} 1\n", wantErr: []string{"line 2", "16 KiB"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.max == 0 {
				tc.max = 100
			}
			samples, dropped, err := Parse(strings.NewReader(tc.body), nodeNamed("a"), tc.wanted, tc.max)
			for _, want := range tc.wantErr {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got error %v, want %q in it", err, want)
				}
			}
			if tc.wantErr != nil {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, short(t, bySeries(samples))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if dropped != tc.dropped {
				t.Errorf("dropped %d series, want %d", dropped, tc.dropped)
			}
		})
	}
}

func TestParsePressure(t *testing.T) {
	const cpu, memory = "container_pressure_cpu_waiting_seconds_total", "container_pressure_memory_stalled_seconds_total"
	body := `# TYPE container_pressure_cpu_waiting_seconds_total counter
container_pressure_cpu_waiting_seconds_total{container="",id="/",image="",name="",namespace="",pod=""} 1.5 1772366390000
container_pressure_cpu_waiting_seconds_total{container="",id="/kubepods.slice",image="",name="",namespace="",pod=""} 1 1772366390000
container_pressure_cpu_waiting_seconds_total{container="c",id="/x",image="/",name="n",namespace="d",pod="p"} 1 1772366390000
container_pressure_memory_stalled_seconds_total{id="/"} 2 1772366390000
container_cpu_usage_seconds_total{cpu="total",id="/"} 3 1772366390000
`
	cases := map[string]struct {
		wanted map[string]bool
		want   map[string]timed
	}{
		"nothing wanted": {want: map[string]timed{}},
		"one": {
			wanted: names(cpu),
			want:   map[string]timed{`{__name__="` + cpu + `", id="/"}`: {1.5, 1772366390000}},
		},
		"all, and what is not pressure": {
			wanted: names(cpu, memory, "container_cpu_usage_seconds_total"),
			want: map[string]timed{
				`{__name__="` + cpu + `", id="/"}`:    {1.5, 1772366390000},
				`{__name__="` + memory + `", id="/"}`: {2, 1772366390000},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			samples, dropped, err := ParsePressure(strings.NewReader(body), nodeNamed("a"), Wanted{Everywhere: tc.wanted}, 100)
			if err != nil || dropped != 0 {
				t.Fatalf("got error %v and %d dropped", err, dropped)
			}
			if diff := cmp.Diff(tc.want, short(t, bySeries(samples))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesAreThoseThatCanBeWanted(t *testing.T) {
	for _, name := range Names() {
		known := strings.HasPrefix(name, pressurePrefix) || ofNode[name] || name == "up"
		if wanted := (Wanted{Everywhere: names(name)}); !known && wanted.resources("a")(name) == unwanted {
			t.Errorf("%s cannot be wanted", name)
		}
	}
	all := names(Names()...)
	for _, set := range []map[string]bool{ofNode, ofPods} {
		for name := range maps.Keys(set) {
			if !all[name] {
				t.Errorf("%s is missing", name)
			}
		}
	}
}

// What Prometheus' parser reads in full is what is found by names.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("{\"node_swap_usage_bytes\",a=\"b\"} 1 5\nup 1\n\n# x\n m{a=\"}\"} NaN"))
	f.Add([]byte("m{a=\"b\",} +Inf 1\nm 0x1p3\nm{node=\"x\",exported_node=\"y\"} 1"))
	f.Add([]byte("<html>"))
	wanted := Wanted{Everywhere: names("m", "container_memory_working_set_bytes"), PodsOn: names("a")}
	f.Fuzz(func(t *testing.T, body []byte) {
		samples, dropped, err := Parse(bytes.NewReader(body), nodeNamed("a"), wanted, DefaultMaxSeries)
		want, comparable := parseInFull(body, wanted.resources("a"))
		if !comparable {
			return
		}
		if err != nil || dropped != 0 {
			t.Fatalf("got error %v and %d dropped, want none", err, dropped)
		}
		var got []string
		for _, sample := range samples {
			got = append(got, fmt.Sprint(sample.Series.Get("__name__"), sample.Value, sample.Time.UnixMilli() > 0))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// parseInFull is false for what one of the two may well refuse.
func parseInFull(body []byte, choose func(string) priority) (all []string, comparable bool) {
	var lines [][]byte
	for line := range bytes.Lines(body) {
		line = bytes.TrimLeft(line, " \t")
		quotes := bytes.Count(line, []byte(`"`)) - bytes.Count(line, []byte(`\"`))
		if len(line) > maxLine || bytes.IndexByte(line, 0) >= 0 || quotes%2 != 0 || bytes.Contains(line, []byte(`\\`)) {
			return nil, false
		}
		if !bytes.HasPrefix(line, []byte("#")) {
			lines = append(lines, line)
		}
	}
	parser := textparse.NewPromParser(bytes.Join(lines, nil), labels.NewSymbolTable(), false)
	for {
		kind, err := parser.Next()
		if errors.Is(err, io.EOF) {
			slices.Sort(all)
			return all, true
		}
		if err != nil {
			return nil, false
		}
		if kind != textparse.EntrySeries {
			continue
		}
		var found labels.Labels
		parser.Labels(&found)
		if _, twice := found.HasDuplicateLabelNames(); twice {
			return nil, false
		}
		_, at, value := parser.Series()
		name := found.Get("__name__")
		if choose(name) != unwanted {
			all = append(all, fmt.Sprint(name, value, at != nil && *at > 0))
		}
	}
}

// bodyOf is what a kubelet says of a node with pods of two containers.
func bodyOf(pods int) []byte {
	var body bytes.Buffer
	const at = 1772366390000
	fmt.Fprintf(&body, "# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds\n"+
		"# TYPE node_cpu_usage_seconds_total counter\nnode_cpu_usage_seconds_total 1 %d\nnode_memory_working_set_bytes 1 %d\nnode_swap_usage_bytes 0 %d\n", at, at, at)
	for _, name := range []string{"container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_start_time_seconds",
		"container_swap_usage_bytes", "container_swap_limit_bytes"} {
		for pod := range pods {
			for _, container := range []string{"main", "sidecar"} {
				fmt.Fprintf(&body, "%s{container=%q,namespace=\"namespace-%d\",pod=\"deployment-%d-5d4f8c7b9-abcde\"} 1.234567e+08 %d\n", name, container, pod%7, pod, at)
			}
		}
	}
	for _, name := range []string{"pod_cpu_usage_seconds_total", "pod_memory_working_set_bytes", "pod_swap_usage_bytes"} {
		for pod := range pods {
			fmt.Fprintf(&body, "%s{namespace=\"namespace-%d\",pod=\"deployment-%d-5d4f8c7b9-abcde\"} 1.234567e+08 %d\n", name, pod%7, pod, at)
		}
	}
	return body.Bytes()
}

func BenchmarkParse(b *testing.B) {
	cases := map[string]Wanted{
		"node":       {},
		"pods":       {PodsOn: names("a")},
		"containers": {Everywhere: names("container_cpu_usage_seconds_total", "container_memory_working_set_bytes")},
	}
	for _, pods := range []int{30, 250} {
		body := bodyOf(pods)
		for name, wanted := range cases {
			b.Run(fmt.Sprintf("%d/%s", pods, name), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					if _, _, err := Parse(bytes.NewReader(body), nodeNamed("a"), wanted, DefaultMaxSeries); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
