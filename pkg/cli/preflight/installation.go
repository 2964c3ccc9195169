// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// schedulerAccount is the scheduler's ServiceAccount in the shipped manifests.
const schedulerAccount = "loadline-scheduler"

// installRemedy is what to do where something of the manifests is missing.
const installRemedy = "Apply the manifests: kubectl apply -k manifests/scheduler"

// checkInstallation looks for what the manifests put into the cluster.
func checkInstallation(ctx context.Context, client kubernetes.Interface, namespace string) []Check {
	check := Check{Name: "installation", State: OK}
	var missing []string
	for _, account := range []string{schedulerAccount, v1alpha1.DefaultKubeletReader} {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, account, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, account)
		case err != nil:
			check.State, check.Text = Unknown, fmt.Sprintf("reading ServiceAccount %s/%s: %v", namespace, account, err)
			return []Check{check}
		}
	}
	switch len(missing) {
	case 0:
		check.Text = fmt.Sprintf("ServiceAccounts %s and %s in namespace %s", schedulerAccount, v1alpha1.DefaultKubeletReader, namespace)
		return []Check{check, checkRights(ctx, client, namespace)}
	case 1:
		check.State, check.Text, check.Remedy = Failed, fmt.Sprintf("there is no ServiceAccount %s in namespace %s", missing[0], namespace), installRemedy
	default:
		check.State, check.Text = Skipped, fmt.Sprintf("Loadline is not installed in namespace %s", namespace)
	}
	return []Check{check}
}

// right is what a ServiceAccount must be allowed to do.
type right struct {
	account    string
	attributes authorizationv1.ResourceAttributes
}

func (r right) String() string {
	what := r.attributes.Resource
	if r.attributes.Subresource != "" {
		what += "/" + r.attributes.Subresource
	}
	return fmt.Sprintf("%s may not %s %s", r.account, r.attributes.Verb, what)
}

// rights are those without which nothing is measured.
func rights(namespace string) []right {
	return []right{
		{v1alpha1.DefaultKubeletReader, authorizationv1.ResourceAttributes{Verb: "get", Resource: "nodes", Subresource: "metrics"}},
		{schedulerAccount, authorizationv1.ResourceAttributes{
			Verb: "create", Resource: "serviceaccounts", Subresource: "token", Namespace: namespace, Name: v1alpha1.DefaultKubeletReader,
		}},
		{schedulerAccount, authorizationv1.ResourceAttributes{Verb: "list", Resource: "nodes"}},
		{schedulerAccount, authorizationv1.ResourceAttributes{Verb: "watch", Resource: "configmaps", Namespace: namespace}},
	}
}

// checkRights asks the API server what the ServiceAccounts may do.
func checkRights(ctx context.Context, client kubernetes.Interface, namespace string) Check {
	check := Check{Name: "rights", State: OK, Text: "the scheduler may request tokens for kubelets, with which their metrics may be read"}
	var missing []string
	for _, right := range rights(namespace) {
		attributes := right.attributes
		review, err := client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				ResourceAttributes: &attributes,
				User:               "system:serviceaccount:" + namespace + ":" + right.account,
				Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			check.State, check.Text = Unknown, fmt.Sprintf("asking what ServiceAccount %s may do: %v", right.account, err)
			return check
		}
		if !review.Status.Allowed {
			missing = append(missing, right.String())
		}
	}
	if len(missing) > 0 {
		check.State, check.Text, check.Remedy = Failed, strings.Join(missing, "; "), installRemedy
	}
	return check
}

// checkMetricsAPI asks for the metrics API, which is only another way to measure.
func checkMetricsAPI(ctx context.Context, client rest.Interface) Check {
	check := Check{Name: "metrics API", State: OK, Text: "metrics.k8s.io/v1beta1 is served: cpu and memory can also be measured by it"}
	code := 0
	err := client.Get().AbsPath("/apis/metrics.k8s.io/v1beta1").Do(ctx).StatusCode(&code).Error()
	switch {
	case err == nil:
	case code == http.StatusNotFound:
		check.State, check.Text = Skipped, "metrics.k8s.io is not installed; it is needed only where kubelets cannot be asked"
	default:
		check.State, check.Text = Warning, fmt.Sprintf("metrics.k8s.io does not answer: %v", err)
		check.Remedy = "Look at metrics-server: kubectl describe apiservice v1beta1.metrics.k8s.io. Kubelets can be asked without it."
	}
	return check
}
