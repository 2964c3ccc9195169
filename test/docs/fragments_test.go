// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
)

// fragment is a part of an object, as the documentation shows it.
type fragment struct {
	name  string
	of    func(content map[string]any) bool
	check func(h *holder, content map[string]any) error
}

// fragments are told by their fields. The first that has all of them is meant.
var fragments = []fragment{
	{"a part of RuleSet", fieldsOf[v1alpha1.RuleSetSpec], (*holder).holdSpec},
	{"the spec of RuleSet", within("spec", fieldsOf[v1alpha1.RuleSetSpec]), func(h *holder, c map[string]any) error { return h.holdSpec(c["spec"].(map[string]any)) }},
	{"one rule", fieldsOf[v1alpha1.Rule], func(h *holder, c map[string]any) error { return h.holdSpec(map[string]any{"rules": []any{c}}) }},
	{"rule test", having("tests"), (*holder).holdRuleTest},
	{"a part of both configurations", and(fieldsOf[v1alpha1.LoadlineArgs], fieldsOf[v1alpha1.DeschedulerConfiguration]), func(h *holder, c map[string]any) error {
		return errors.Join(h.holdPart("LoadlineArgs", c), h.holdPart("DeschedulerConfiguration", c))
	}},
	{"a part of LoadlineArgs", fieldsOf[v1alpha1.LoadlineArgs], func(h *holder, c map[string]any) error { return h.holdPart("LoadlineArgs", c) }},
	{"a part of DeschedulerConfiguration", fieldsOf[v1alpha1.DeschedulerConfiguration], func(h *holder, c map[string]any) error { return h.holdPart("DeschedulerConfiguration", c) }},
	{"a profile of the scheduler", fieldsOf[schedulerv1.KubeSchedulerProfile], func(h *holder, c map[string]any) error { return h.holdProfile(c) }},
	{"scrape configuration", having("scrape_configs"), (*holder).holdScrapeConfiguration},
	{"Prometheus rules", having("groups"), (*holder).holdPrometheusRules},
	{"a part of Deployment", within("spec", fieldsOf[appsv1.DeploymentSpec]), strictly[appsv1.Deployment]},
	{"a part of Pod", within("spec", fieldsOf[corev1.PodSpec]), strictly[corev1.Pod]},
	{"a part of a pod's spec", fieldsOf[corev1.PodSpec], strictly[corev1.PodSpec]},
	{"metadata", within("metadata", fieldsOf[metav1.ObjectMeta]), strictly[metav1.PartialObjectMetadata]},
	{"a part of metadata", fieldsOf[metav1.ObjectMeta], strictly[metav1.ObjectMeta]},
}

// list is a fragment that is the content of a field, told by its first item.
type list struct {
	fragment
	field string
}

var lists = []list{
	{fragment{"rules", and(having("name"), fieldsOf[v1alpha1.Rule]), (*holder).holdSpec}, "rules"},
	{fragment{"metrics", fieldsOf[v1alpha1.Metric], (*holder).holdSpec}, "metrics"},
	{fragment{"conditions", fieldsOf[v1alpha1.Condition], func(h *holder, c map[string]any) error {
		return h.holdSpec(map[string]any{"rules": []any{c}})
	}}, "when"},
	{fragment{"preferences", fieldsOf[v1alpha1.Preference], (*holder).holdSpec}, "preferences"},
	{fragment{"scrape configurations", having("job_name"), (*holder).holdScrapeConfiguration}, "scrape_configs"},
	{fragment{"arguments of plugins", and(having("args"), fieldsOf[schedulerv1.PluginConfig]), (*holder).holdProfile}, "pluginConfig"},
}

// fieldsOf tells whether all fields are those of a type.
func fieldsOf[T any](content map[string]any) bool {
	known := map[string]bool{}
	of := reflect.TypeFor[T]()
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		known[name] = name != ""
	}
	for name := range content {
		if !known[name] {
			return false
		}
	}
	return len(content) > 0
}

func having(field string) func(map[string]any) bool {
	return func(content map[string]any) bool { return content[field] != nil }
}

func within(field string, of func(map[string]any) bool) func(map[string]any) bool {
	return func(content map[string]any) bool {
		inner, ok := content[field].(map[string]any)
		return ok && of(inner)
	}
}

func and(first, second func(map[string]any) bool) func(map[string]any) bool {
	return func(content map[string]any) bool { return first(content) && second(content) }
}

// strictly reads a part of an object that needs nothing more to be whole.
func strictly[T any](_ *holder, content map[string]any) error {
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	return yaml.UnmarshalStrict(text, new(T))
}

func withKind(apiVersion, kind string, content map[string]any) ([]byte, error) {
	whole := maps.Clone(content)
	whole["apiVersion"], whole["kind"] = apiVersion, kind
	return yaml.Marshal(whole)
}

func (h *holder) holdPart(kind string, content map[string]any) error {
	whole, err := withKind(v1alpha1.SchemeGroupVersion.String(), kind, content)
	if err != nil {
		return err
	}
	return h.holdOwn(kind, whole)
}

func (h *holder) holdProfile(profile map[string]any) error {
	whole, err := withKind(schedulerv1.SchemeGroupVersion.String(), "KubeSchedulerConfiguration", map[string]any{"profiles": []any{profile}})
	if err != nil {
		return err
	}
	return holdSchedulerConfiguration(whole)
}

// holdSpec checks a part of a rule set, to which it adds what the part needs: the
// metrics that it names, and a condition and an effect for rules that show none. What
// a linter would say of the rest is unknown.
func (h *holder) holdSpec(part map[string]any) error {
	spec := maps.Clone(part)
	for i, item := range items(spec["rules"]) {
		if item["name"] == nil {
			item["name"] = fmt.Sprintf("rule-%d", i)
		}
		if item["when"] == nil {
			item["when"] = []any{map[string]any{"metric": "memory", "above": "90%", "clear": "85%"}}
		}
		if item["reject"] == nil && item["evict"] == nil && item["taint"] == nil && item["labels"] == nil {
			item["reject"] = map[string]any{}
		}
	}
	metrics, _ := spec["metrics"].([]any)
	known := map[string]bool{}
	for _, metric := range items(metrics) {
		known[fmt.Sprint(metric["name"])] = true
	}
	for _, name := range namedMetrics(spec) {
		if !known[name] {
			metrics = append(metrics, metricNamed(name))
		}
	}
	spec["metrics"] = metrics
	if spec["rules"] == nil && spec["preferences"] == nil && len(items(metrics)) > 0 {
		spec["preferences"] = []any{map[string]any{"metric": items(metrics)[0]["name"], "prefer": "Lower"}}
	}
	whole, err := withKind(v1alpha1.SchemeGroupVersion.String(), "RuleSet", map[string]any{"metadata": map[string]any{"name": "part"}, "spec": spec})
	if err != nil {
		return err
	}
	_, err = v1alpha1.DecodeRuleSet(whole)
	return err
}

// items are the objects in a list.
func items(of any) []map[string]any {
	list, _ := of.([]any)
	var found []map[string]any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// namedMetrics are those that rules and preferences are about, sorted.
func namedMetrics(spec map[string]any) []string {
	var names []string
	add := func(name any) {
		if text, ok := name.(string); ok && !strings.HasPrefix(text, "requests.") {
			names = append(names, text)
		}
	}
	for _, rule := range items(spec["rules"]) {
		for _, condition := range items(rule["when"]) {
			add(condition["metric"])
		}
		if evict, ok := rule["evict"].(map[string]any); ok {
			add(evict["orderBy"])
		}
	}
	for _, preference := range items(spec["preferences"]) {
		add(preference["metric"])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// metricNamed is a metric that some part of a rule set is about.
func metricNamed(name string) map[string]any {
	if slices.Contains(v1alpha1.Builtins(), v1alpha1.Builtin(name)) {
		return map[string]any{"name": name, "builtin": name}
	}
	return map[string]any{"name": name, "query": "max by (node) (something)"}
}

// holdRuleTest runs a test of rules, beside the files that its page has.
func (h *holder) holdRuleTest(content map[string]any) error {
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	file := filepath.Join(workspace(h, h.page), "this.test.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	if code, output := loadline(h.T, "test", file); code != 0 {
		return fmt.Errorf("kubectl loadline test: exit code %d and\n%s", code, output)
	}
	return nil
}

func (h *holder) holdScrapeConfiguration(content map[string]any) error {
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	file := filepath.Join(h.TempDir(), "scrape.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	_, err = scrape.Load(file, 15*time.Second)
	return err
}

func (h *holder) holdPrometheusRules(content map[string]any) error {
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	_, errs := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	return errors.Join(errs...)
}
