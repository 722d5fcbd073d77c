// SPDX-License-Identifier: Apache-2.0

// OpenShift's own types say whether a manifest is right where no OpenShift is: its builds and images
// have no CustomResourceDefinition that a plain Kubernetes could check them by.
package main

import (
	"bytes"
	"fmt"
	"os"

	buildv1 "github.com/openshift/api/build/v1"
	imagev1 "github.com/openshift/api/image/v1"
	routev1 "github.com/openshift/api/route/v1"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func newTypesCommand() *cobra.Command {
	return &cobra.Command{
		Use:           "openshift-types FILE...",
		Short:         "Read objects strictly as OpenShift's types",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			for _, file := range files {
				if err := checkFile(file); err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
			}
			return nil
		},
	}
}

func checkFile(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		if err := check(document); err != nil {
			return err
		}
	}
	return nil
}

// Prints what was recognised, so that a caller sees that nothing was passed over.
func check(document []byte) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return err
	}
	var object any
	switch kind.APIVersion + " " + kind.Kind {
	case "build.openshift.io/v1 BuildConfig":
		object = &buildv1.BuildConfig{}
	case "image.openshift.io/v1 ImageStream":
		object = &imagev1.ImageStream{}
	case "route.openshift.io/v1 Route":
		object = &routev1.Route{}
	default:
		return fmt.Errorf("%s %s is not one of OpenShift's types here", kind.APIVersion, kind.Kind)
	}
	if err := yaml.UnmarshalStrict(document, object); err != nil {
		return err
	}
	fmt.Println(kind.Kind)
	return nil
}
