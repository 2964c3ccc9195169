// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/ledger"
	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// fieldManager is who changes objects, as the API server writes it down.
const fieldManager = "kubectl-loadline"

func newPauseCommand(streams genericiooptions.IOStreams) *cobra.Command {
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "pause [REASON]",
		Short: "Stop all evictions at once",
		Long: `Stop all evictions at once, until "kubectl loadline resume".

This puts the annotation loadline.dev/paused on the ConfigMap loadline-evictions,
with who did so, when and why, and makes the ConfigMap where there is none yet. The
descheduler goes on measuring and marking nodes. Pods that were evicted before are
not brought back, and those that are being deleted still go.

If evictions are paused already, nothing changes, unless you give another reason. This
needs the rights to get and patch that ConfigMap, and to create it where there is none.`,
		Example: `  # Let no pod be moved during the release
  kubectl loadline pause release day, ask alice`,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			p, err := newPausing(cluster, streams)
			if err != nil {
				return err
			}
			return p.pause(command.Context(), oneLine(strings.Join(arguments, " ")))
		},
	}
	cluster.addTo(command, true)
	return command
}

func newResumeCommand(streams genericiooptions.IOStreams) *cobra.Command {
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "resume",
		Short: "End a pause of evictions",
		Long: `End the pause of evictions that "kubectl loadline pause" began, whoever began it.

This takes the annotation loadline.dev/paused off the ConfigMap loadline-evictions,
which needs the rights to get and patch it. Nodes that are over a line by then are
judged as always: budgets, cooldowns and the breaker have counted on.`,
		Args:                  cobra.NoArgs,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			p, err := newPausing(cluster, streams)
			if err != nil {
				return err
			}
			return p.resume(command.Context())
		},
	}
	cluster.addTo(command, true)
	return command
}

// pausing stops evictions, and lets them go on.
type pausing struct {
	client    kubernetes.Interface
	namespace string
	streams   genericiooptions.IOStreams
	now       time.Time
}

func newPausing(cluster *connection, streams genericiooptions.IOStreams) (*pausing, error) {
	client, _, err := cluster.client()
	if err != nil {
		return nil, err
	}
	return &pausing{client: client, namespace: cluster.rulesNamespace(), streams: streams, now: time.Now()}, nil
}

// place names the ConfigMap.
func (p *pausing) place() string { return "ConfigMap " + p.namespace + "/" + history.ConfigMap }

// read reads the ConfigMap. Nil if there is none.
func (p *pausing) read(ctx context.Context) (*corev1.ConfigMap, error) {
	object, err := p.client.CoreV1().ConfigMaps(p.namespace).Get(ctx, history.ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.place(), err)
	}
	return object, nil
}

func (p *pausing) pause(ctx context.Context, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	object, err := p.read(ctx)
	if err != nil {
		return err
	}
	before := pauseOf(object)
	if !history.PausedBy(object).IsZero() && (reason == "" || before == reason || strings.HasSuffix(before, ": "+reason)) {
		fmt.Fprintf(p.streams.Out, "Evictions are paused already: %s\n", before)
		p.sayWhatIsLeft(object)
		return nil
	}
	value := p.signed(ctx, reason)
	if err := p.annotate(ctx, value); err != nil {
		return err
	}
	fmt.Fprintf(p.streams.Out, "Evictions are paused: %s\n", value)
	if !history.PausedBy(object).IsZero() {
		fmt.Fprintf(p.streams.Out, "The pause before: %s\n", before)
	}
	p.sayWhatIsLeft(object)
	return nil
}

// pauseOf is what people have written about the pause.
func pauseOf(object *corev1.ConfigMap) string {
	if object == nil {
		return ""
	}
	return oneLine(object.Annotations[history.PausedAnnotation])
}

// signed is a reason with who gives it, if that may be asked, and when.
func (p *pausing) signed(ctx context.Context, reason string) string {
	value := p.now.UTC().Format(time.RFC3339)
	review, err := p.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err == nil && review.Status.UserInfo.Username != "" {
		value = review.Status.UserInfo.Username + " at " + value
	}
	if reason != "" {
		value += ": " + reason
	}
	return value
}

// annotate pauses evictions, for which there need not have been any yet.
func (p *pausing) annotate(ctx context.Context, value string) error {
	err := p.patch(ctx, value)
	if !apierrors.IsNotFound(err) {
		return p.changing(err)
	}
	_, err = p.client.CoreV1().ConfigMaps(p.namespace).Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: history.ConfigMap, Annotations: map[string]string{history.PausedAnnotation: value}},
	}, metav1.CreateOptions{FieldManager: fieldManager})
	if apierrors.IsAlreadyExists(err) { // the descheduler has made it meanwhile
		err = p.patch(ctx, value)
	}
	return p.changing(err)
}

func (p *pausing) changing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("annotating %s: %w", p.place(), err)
}

// patch sets the annotation, or takes it off with nil. Nothing else of the object
// changes, whoever writes it at the same time.
func (p *pausing) patch(ctx context.Context, value any) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{history.PausedAnnotation: value}}})
	if err != nil {
		return err
	}
	_, err = p.client.CoreV1().ConfigMaps(p.namespace).Patch(ctx, history.ConfigMap, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}

// sayWhatIsLeft says what goes on in spite of the pause, and how to end it.
func (p *pausing) sayWhatIsLeft(object *corev1.ConfigMap) {
	left := ""
	if object != nil {
		if written, err := ledger.Parse(object); err == nil {
			var names []string
			for _, eviction := range written.Going() {
				names = append(names, eviction.Pod.Namespace+"/"+eviction.Pod.Name)
			}
			if len(names) > 0 {
				left = fmt.Sprintf("; %s still going: %s", are(len(names)), abridge(names))
			}
		}
	}
	fmt.Fprintf(p.streams.Out, "Pods that were evicted before are not brought back%s\n", left)
	undo := "kubectl loadline resume"
	if p.namespace != v1alpha1.DefaultRulesNamespace {
		undo += " -n " + p.namespace
	}
	fmt.Fprintf(p.streams.Out, "To let evictions go on: %s\n", undo)
}

func are(number int) string {
	if number == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", number)
}

func (p *pausing) resume(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	object, err := p.read(ctx)
	if err != nil {
		return err
	}
	paused := !history.PausedBy(object).IsZero()
	if paused {
		if err := p.patch(ctx, nil); err != nil && !apierrors.IsNotFound(err) {
			return p.changing(err)
		}
		fmt.Fprintf(p.streams.Out, "Evictions may go on. They were paused: %s\n", pauseOf(object))
	} else {
		fmt.Fprintln(p.streams.Out, "Evictions are not paused")
	}
	p.sayIfStopped(object)
	return nil
}

// sayIfStopped says that evictions are stopped all the same.
func (p *pausing) sayIfStopped(object *corev1.ConfigMap) {
	if object == nil {
		return
	}
	written, err := ledger.Parse(object)
	if err != nil {
		fmt.Fprintf(p.streams.ErrOut, "warning: nothing is evicted until this is corrected: %v\n", err)
		return
	}
	if open := breaker.Open(p.now, written.Breaker); !open.IsZero() {
		fmt.Fprintf(p.streams.Out, "But the breaker is open: %s\n", open)
	}
}
