// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// object is one of the manifests, as far as it is looked at here.
type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name, Namespace     string
		Labels, Annotations map[string]string
	} `json:"metadata"`
	Data map[string]string `json:"data"`
	Spec struct {
		Ports     []struct{ Name string }
		Endpoints []struct{ Port, Scheme string }
		JobLabel  string `json:"jobLabel"`
		Selector  any    `json:"selector"`
	} `json:"spec"`
}

// build makes what an overlay of these resources and components comes to, by kind and
// name.
func build(t *testing.T, resource string, components ...string) map[string]object {
	t.Helper()
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	overlay := t.TempDir()
	below := func(path string) string {
		relative, err := filepath.Rel(overlay, filepath.Join(root, "manifests", path))
		if err != nil {
			t.Fatal(err)
		}
		return relative
	}
	kustomization := map[string]any{"resources": []string{below(resource)}}
	var named []string
	for _, component := range components {
		named = append(named, below(component))
	}
	kustomization["components"] = named
	writeYAML(t, filepath.Join(overlay, "kustomization.yaml"), kustomization)
	output, err := exec.CommandContext(t.Context(), filepath.Join(root, "build", "bin", "kubectl"), "kustomize", overlay).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	objects := map[string]object{}
	for _, document := range strings.Split(string(output), "\n---\n") {
		var one object
		if err := yaml.Unmarshal([]byte(document), &one); err != nil {
			t.Fatal(err)
		}
		objects[one.Kind+"/"+one.Metadata.Name] = one
	}
	return objects
}

// The component adds what it should to an overlay, and each ServiceMonitor finds the
// Service, and the port, of the program whose name becomes the job.
func TestComponent(t *testing.T) {
	const shared, scheduler, descheduler = "components/monitoring/shared", "components/monitoring/scheduler", "components/monitoring/descheduler"
	cases := map[string]struct {
		overlay    string
		components []string
		programs   []string
	}{
		"both":              {overlay: "overlays/scheduler-and-descheduler", components: []string{"components/monitoring"}, programs: []string{"loadline-scheduler", "loadline-descheduler"}},
		"scheduler alone":   {overlay: "overlays/scheduler", components: []string{shared, scheduler}, programs: []string{"loadline-scheduler"}},
		"labels and taints": {overlay: "overlays/marks-only", components: []string{shared, descheduler}, programs: []string{"loadline-descheduler"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			objects := build(t, tc.overlay, tc.components...)
			wantRules := map[string]bool{"PrometheusRule/loadline": true}
			for _, program := range tc.programs {
				wantRules["PrometheusRule/"+program] = true
				checkMonitored(t, objects, program)
			}
			rules := map[string]bool{}
			for name, object := range objects {
				if object.Kind == "PrometheusRule" {
					rules[name] = true
				}
			}
			if diff := cmp.Diff(wantRules, rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			checkDashboard(t, objects["ConfigMap/loadline-dashboard"])
		})
	}
}

func checkMonitored(t *testing.T, objects map[string]object, program string) {
	t.Helper()
	service, monitor := objects["Service/"+program], objects["ServiceMonitor/"+program]
	if len(monitor.Spec.Endpoints) != 1 || len(service.Spec.Ports) != 1 {
		t.Fatalf("%s: got %d endpoints and %d ports, want one each", program, len(monitor.Spec.Endpoints), len(service.Spec.Ports))
	}
	if endpoint := monitor.Spec.Endpoints[0]; endpoint.Port != service.Spec.Ports[0].Name || endpoint.Scheme != "https" {
		t.Errorf("%s: asks port %q by %s, want %q by https", program, endpoint.Port, endpoint.Scheme, service.Spec.Ports[0].Name)
	}
	if job := service.Metadata.Labels[monitor.Spec.JobLabel]; job != program {
		t.Errorf("%s: the job is %q", program, job)
	}
	want := map[string]any{"matchLabels": map[string]any{monitor.Spec.JobLabel: program}}
	if diff := cmp.Diff(any(want), monitor.Spec.Selector); diff != "" {
		t.Errorf("%s: the ServiceMonitor selects (-want +got):\n%s", program, diff)
	}
	if monitor.Metadata.Namespace != service.Metadata.Namespace {
		t.Errorf("%s: the ServiceMonitor is in namespace %q, and the Service in %q", program, monitor.Metadata.Namespace, service.Metadata.Namespace)
	}
}

func checkDashboard(t *testing.T, configMap object) {
	t.Helper()
	root, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(root, directory, "shared", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	if configMap.Data["loadline.json"] != string(want) {
		t.Error("the ConfigMap does not hold the dashboard")
	}
	if got := fmt.Sprint(configMap.Metadata.Labels["grafana_dashboard"], configMap.Metadata.Namespace); got != "1loadline-system" {
		t.Errorf("label and namespace of the dashboard: %s", got)
	}
}
