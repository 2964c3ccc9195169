// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/lint"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// foreign are API groups of which nothing here has the types: their objects are
// looked at as YAML alone.
var foreign = map[string]string{
	"argoproj.io":                 "AppProject and Application, of Argo CD",
	"autoscaling.k8s.io":          "VerticalPodAutoscaler",
	"descheduler":                 "DeschedulerPolicy, of the Kubernetes descheduler",
	"karpenter.sh":                "NodePool, of Karpenter",
	"keda.sh":                     "ScaledObject, of KEDA",
	"kustomize.toolkit.fluxcd.io": "Kustomization, of Flux",
	"telemetry.intel.com":         "TASPolicy, of Telemetry Aware Scheduling",
}

// warned are rule sets in the documentation for which "kubectl loadline check" has
// warnings, and why they are shown all the same.
var warned = map[string]string{
	"short":           "what is filled in is shown, not what is wise",
	"shop.cool-nodes": "as strict as Telemetry Aware Scheduling is; the page says what to decide",
}

func (h *holder) checkTables() {
	h.Helper()
	for _, group := range slices.Sorted(maps.Keys(foreign)) {
		if !h.foreign[group] {
			h.Errorf("no block is of the API group %s any more: take it out of the table", group)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(warned)) {
		if !h.warned[name] {
			h.Errorf("there is no warning for the rule set %s any more: take it out of the table", name)
		}
	}
}

// holdObject checks a whole object as whoever reads it does.
func (h *holder) holdObject(apiVersion, kind string, document []byte) error {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return err
	}
	switch {
	case group == v1alpha1.SchemeGroupVersion:
		return h.holdOwn(kind, document)
	case group == schedulerv1.SchemeGroupVersion:
		return holdSchedulerConfiguration(document)
	case group.Group == "kustomize.config.k8s.io":
		return buildKustomization(h.T, h.page.Name, kind, document)
	case foreign[group.Group] != "":
		h.foreign[group.Group] = true
		return nil
	case kind == "ConfigMap":
		if err := decodeStrictly(document); err != nil {
			return err
		}
		return h.holdConfigMap(document)
	}
	return decodeStrictly(document)
}

// holdOwn checks an object of Loadline's own.
func (h *holder) holdOwn(kind string, document []byte) error {
	switch kind {
	case "RuleSet":
		return h.holdRules(document)
	case "LoadlineArgs":
		_, err := v1alpha1.DecodeLoadlineArgs(document)
		return err
	case "DeschedulerConfiguration":
		_, err := v1alpha1.DecodeDeschedulerConfiguration(document)
		return err
	}
	return fmt.Errorf("Loadline has no kind %s", kind)
}

// holdRules checks a file of rules as "kubectl loadline check" does. Warnings are
// problems here, but for those of the table.
func (h *holder) holdRules(file []byte) error {
	found, problems := rulefile.Read("line", file)
	var errs []error
	for _, problem := range problems {
		errs = append(errs, errors.New(problem.String()))
	}
	if len(found) == 0 && len(problems) == 0 {
		errs = append(errs, errors.New("there is no rule set in it"))
	}
	for _, set := range found {
		for _, warning := range lint.Check(set.RuleSet) {
			if warned[set.RuleSet.Name] == "" {
				errs = append(errs, fmt.Errorf("kubectl loadline check warns: %s: %s", warning.Path, warning.Message))
			}
			h.warned[set.RuleSet.Name] = true
		}
	}
	return errors.Join(errs...)
}

// holdConfigMap checks what is in the keys of a ConfigMap: rules, and configurations.
func (h *holder) holdConfigMap(document []byte) error {
	var configMap corev1.ConfigMap
	if err := yaml.Unmarshal(document, &configMap); err != nil {
		return err
	}
	if configMap.Labels[v1alpha1.RulesLabel] == "true" {
		return h.holdRules(document)
	}
	for _, key := range slices.Sorted(maps.Keys(configMap.Data)) {
		if !strings.HasSuffix(key, ".yaml") {
			continue
		}
		if what, err := h.hold(configMap.Data[key]); err != nil {
			return fmt.Errorf("%s: %s: %w", key, what, err)
		}
	}
	return nil
}

var (
	kubernetes = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	scheduling = serializer.NewCodecFactory(schedulingScheme(), serializer.EnableStrict).UniversalDeserializer()
)

func schedulingScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(schedulerv1.AddToScheme(scheme))
	return scheme
}

// decodeStrictly reads an object of Kubernetes itself.
func decodeStrictly(document []byte) error {
	_, _, err := kubernetes.Decode(document, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		return fmt.Errorf("%w: if it is an object of another project, add its API group to the table foreign", err)
	}
	return err
}

// holdSchedulerConfiguration checks a configuration of the scheduler, with the
// arguments of each plugin.
func holdSchedulerConfiguration(document []byte) error {
	var configuration schedulerv1.KubeSchedulerConfiguration
	if _, _, err := scheduling.Decode(document, nil, &configuration); err != nil {
		return err
	}
	for _, profile := range configuration.Profiles {
		for _, plugin := range profile.PluginConfig {
			if err := holdArguments(plugin); err != nil {
				return fmt.Errorf("arguments of %s: %w", plugin.Name, err)
			}
		}
	}
	return nil
}

func holdArguments(plugin schedulerv1.PluginConfig) error {
	if plugin.Name == "Loadline" {
		_, err := v1alpha1.DecodeLoadlineArgs(plugin.Args.Raw)
		return err
	}
	_, _, err := scheduling.Decode(plugin.Args.Raw, nil, nil)
	return err
}
