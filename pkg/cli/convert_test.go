// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/util/jsonpath"
	schedulerconfig "k8s.io/kube-scheduler/config/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const policy = `apiVersion: telemetry.intel.com/v1alpha1
kind: TASPolicy
metadata: {name: p, namespace: a}
spec: {strategies: {dontschedule: {rules: [{metricname: load, operator: GreaterThan, target: 5}]}}}
`

func TestConvert(t *testing.T) {
	nothing := strings.Replace(policy, "dontschedule: {rules: [{metricname: load, operator: GreaterThan, target: 5}]}", "", 1)
	const note = "note: - holds no TASPolicy: nothing to convert\n"
	cases := map[string]struct {
		in        string
		arguments []string
		wantCode  int
		// wantOut are parts of what is printed. None stand for nothing.
		wantOut []string
		wantErr string
	}{
		"policy":              {in: policy, wantOut: []string{"apiVersion: v1\nkind: ConfigMap\n", "  name: a.p\n  namespace: loadline-system\n", "    loadline.dev/rules: \"true\"\n", "(node_load or load)", "- {metric: load, above: 5}"}},
		"namespace":           {in: policy, arguments: []string{"-n", "rules"}, wantOut: []string{"  namespace: rules\n"}},
		"no namespace":        {in: policy, arguments: []string{"-n", "A"}, wantCode: 2, wantErr: "error: --namespace: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n"},
		"observe":             {in: policy, arguments: []string{"--observe"}, wantOut: []string{"      mode: Observe\n"}},
		"adapter":             {in: policy, arguments: []string{"--adapter-config", "convert/testdata/adapter.yaml"}, wantOut: []string{"query: 'max by (instance) (node_load)'"}},
		"adapter not there":   {in: policy, arguments: []string{"--adapter-config", "none.yaml"}, wantCode: 2, wantErr: "error: reading the configuration of prometheus-adapter: open none.yaml: no such file or directory\n"},
		"adapter of no rules": {in: policy, arguments: []string{"--adapter-config", "testdata/bad.yaml"}, wantCode: 2, wantErr: "error: testdata/bad.yaml: holds no rules of prometheus-adapter: give its config.yaml, or the ConfigMap that holds it\n"},
		"several":             {in: policy + "---\n" + strings.Replace(policy, "namespace: a", "namespace: b", 1), wantOut: []string{"name: a.p\n", "\n---\napiVersion: v1\n", "name: b.p\n"}},
		"one twice":           {in: policy + "---\n" + policy, wantCode: 1, wantErr: "-:8: \"a/p\" is also at -:3\n"},
		"one good, one bad":   {in: policy + "---\n" + strings.Replace(policy, "target: 5", "target: 0.5", 1), wantCode: 1, wantErr: "-:9: spec.strategies.dontschedule.rules[0].target: Invalid value: \"0.5\": must be a whole number of 64 bits, as TAS has it\n"},
		"one that cannot be":  {in: strings.Replace(strings.Replace(strings.Replace(policy, "dontschedule", "labeling", 1), "target: 5", "labels: [a=b]", 1), "name: p", "name: p.k8s.io", 1), wantCode: 1, wantErr: "-:3: its rules are not valid for Loadline: spec.rules[0].labels[telemetry.aware.scheduling.p.k8s.io/a]: Forbidden: keys under k8s.io belong to Kubernetes\n"},
		"one without effect":  {in: nothing, wantErr: "note: -:3: \"a/p\" has no effect: no rule set\n"},
		"nothing of ours":     {in: "kind: Namespace\n", wantErr: note},
		"nothing":             {wantErr: note},
		"file not there":      {arguments: []string{"none.yaml"}, wantCode: 2, wantErr: "error: reading rules: open none.yaml: no such file or directory\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, tc.in, slices.Concat([]string{"convert", "-"}, tc.arguments)...)
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.wantErr, errOut); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			for _, want := range tc.wantOut {
				if !strings.Contains(out, want) {
					t.Errorf("got\n%s\nwant %q in it", out, want)
				}
			}
			if len(tc.wantOut) == 0 && out != "" {
				t.Errorf("got\n%s\nwant nothing", out)
			}
			if out == "" {
				return
			}
			if code, checked, _ := run(t, out, "check", "-"); code != 0 {
				t.Errorf("check: got exit code %d and\n%s", code, checked)
			}
		})
	}
}

// guide is a page that is to be followed word by word: its blocks of YAML, and
// its commands.
type guide struct {
	yaml     []string
	commands []string
}

var fence = regexp.MustCompile("(?ms)^```(yaml|sh)\n(.*?)^```$")

func readGuide(t *testing.T, file string) guide {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var g guide
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		if block[1] == "yaml" {
			g.yaml = append(g.yaml, block[2])
			continue
		}
		g.commands = append(g.commands, strings.Split(strings.TrimSpace(block[2]), "\n")...)
	}
	return g
}

// file is the block of YAML whose first line names a file.
func (g guide) file(t *testing.T, name string) string {
	t.Helper()
	for _, block := range g.yaml {
		if text, ok := strings.CutPrefix(block, "# "+name+"\n"); ok {
			return text
		}
	}
	t.Fatalf("no block of YAML is named %s", name)
	return ""
}

// Whoever follows the guide to migration gets what it shows.
func TestMigrating(t *testing.T) {
	g := readGuide(t, "../../docs/migrating-from-tas.md")
	adapter, err := os.ReadFile("convert/testdata/adapter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	// what kubectl gets from a cluster with that policy
	policies := "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(g.file(t, "policies.yaml")), "\n", "\n  ") + "\n"
	for name, text := range map[string]string{"policies.yaml": policies, "adapter-config.yaml": string(adapter), "rules.test.yaml": g.file(t, "rules.test.yaml")} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shown := g.file(t, "rules.yaml")
	for i, command := range g.commands {
		arguments, ok := strings.CutPrefix(command, "kubectl loadline ")
		if !ok {
			continue
		}
		arguments, file, _ := strings.Cut(arguments, " > ")
		if !strings.HasPrefix(arguments, "convert ") && !strings.HasPrefix(arguments, "check ") && !strings.HasPrefix(arguments, "test ") {
			arguments += " --help" // there is no cluster: the command has these flags
		}
		code, out, errOut := run(t, "", strings.Fields(arguments)...)
		if code != 0 || errOut != "" {
			t.Errorf("%s: got exit code %d and\n%s%s", command, code, out, errOut)
		}
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == slices.IndexFunc(g.commands, func(c string) bool { return strings.HasPrefix(c, "kubectl loadline convert") }) {
			if diff := cmp.Diff(shown, out); diff != "" {
				t.Errorf("%s (-shown +got):\n%s", command, diff)
			}
		}
		if code, checked, _ := run(t, "", "check", file); code != 0 {
			t.Errorf("check %s: got exit code %d and\n%s", file, code, checked)
		}
	}
}

// The other blocks are what they seem to be.
func TestMigratingObjects(t *testing.T) {
	g := readGuide(t, "../../docs/migrating-from-tas.md")
	var deployment appsv1.Deployment
	var scheduler struct {
		PluginConfig []struct {
			Name string          `json:"name"`
			Args json.RawMessage `json:"args"`
		} `json:"pluginConfig"`
	}
	for _, block := range g.yaml {
		switch {
		case strings.HasPrefix(block, "# "):
		case strings.Contains(block, "kind: Deployment"):
			decodeBlock(t, block, &deployment)
		default:
			decodeBlock(t, block, &scheduler)
		}
	}
	pod := deployment.Spec.Template
	if pod.Spec.SchedulerName != "loadline-scheduler" || pod.Labels["telemetry-policy"] != "cool-nodes" {
		t.Errorf("deployment: got scheduler %q and labels %v", pod.Spec.SchedulerName, pod.Labels)
	}
	var fit schedulerconfig.NodeResourcesFitArgs
	for _, plugin := range scheduler.PluginConfig {
		if plugin.Name == "NodeResourcesFit" {
			decodeBlock(t, string(plugin.Args), &fit)
			continue
		}
		if _, err := v1alpha1.DecodeLoadlineArgs(plugin.Args); err != nil {
			t.Errorf("arguments of %s: %v", plugin.Name, err)
		}
	}
	for resource := range pod.Spec.Containers[0].Resources.Limits {
		if !slices.Contains(fit.IgnoredResources, string(resource)) {
			t.Errorf("the scheduler does not ignore %s", resource)
		}
	}
}

func decodeBlock(t *testing.T, block string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(block), into); err != nil {
		t.Errorf("%v\n%s", err, block)
	}
}

// The queries by which the guide finds what is left of TAS find it.
func TestMigratingQueries(t *testing.T) {
	g := readGuide(t, "../../docs/migrating-from-tas.md")
	cases := map[string]struct{ objects, want string }{
		"pods": {
			objects: `{items: [
				{metadata: {namespace: a, name: first}, spec: {containers: [{}, {resources: {limits: {telemetry/scheduling: "1"}}}, {resources: {limits: {telemetry/scheduling: "1"}}}]}},
				{metadata: {namespace: a, name: second}, spec: {containers: [{resources: {limits: {cpu: "1"}}}]}}]}`,
			want: "a/first\n",
		},
		"horizontalpodautoscalers": {
			objects: `{items: [{metadata: {namespace: a, name: b}, spec: {metrics: [{type: Resource}, {type: Pods}]}}, {metadata: {namespace: a, name: c}, spec: {}}]}`,
			want:    "a/b Resource Pods\na/c \n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			index := slices.IndexFunc(g.commands, func(command string) bool { return strings.HasPrefix(command, "kubectl get "+name+" ") })
			if index < 0 {
				t.Fatal("no such command")
			}
			_, template, _ := strings.Cut(g.commands[index], "--output jsonpath='")
			query := jsonpath.New(name).AllowMissingKeys(true)
			if err := query.Parse(strings.TrimSuffix(template, "'")); err != nil {
				t.Fatal(err)
			}
			var objects any
			if err := yaml.Unmarshal([]byte(strings.ReplaceAll(tc.objects, "\t", "")), &objects); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := query.Execute(&out, objects); err != nil {
				t.Fatal(err)
			}
			if out.String() != tc.want {
				t.Errorf("got %q, want %q", out.String(), tc.want)
			}
		})
	}
}
