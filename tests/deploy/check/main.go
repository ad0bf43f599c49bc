// Reads manifests as strictly as can be and prints them as one JSON list, for tests that look at what they say:
//
//	check objects FILE…     Kubernetes objects of YAML files ("-": stdin), decoded into Kubernetes' own types
//	check kustomize FOLDER  the same of what kustomize builds from it
//	check compose|prometheus|datasources|dashboards FILE
//
// An unknown field, a field twice, a value of the wrong type, or a kind that it does not know is an error: exit code 1.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"apps/v1 Deployment":                  func() any { return &appsv1.Deployment{} },
	"v1 ConfigMap":                        func() any { return &corev1.ConfigMap{} },
	"v1 Service":                          func() any { return &corev1.Service{} },
	"networking.k8s.io/v1 NetworkPolicy":  func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":       func() any { return &policyv1.PodDisruptionBudget{} },
	"monitoring.coreos.com/v1 PodMonitor": func() any { return &podMonitor{} },
}

// One document into the type of its kind.
func decodeObject(document []byte) (any, error) {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return nil, err
	}
	name := kind.APIVersion + " " + kind.Kind
	make, known := kinds[name]
	if !known {
		return nil, fmt.Errorf("no type for %q", name)
	}
	object := make()
	if err := yaml.UnmarshalStrict(document, object); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return object, nil
}

func decodeObjects(stream []byte) ([]any, error) {
	var objects []any
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		var content any
		if err := yaml.Unmarshal(document, &content); err != nil {
			return nil, err
		}
		if content == nil {
			continue // comments alone
		}
		object, err := decodeObject(document)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

func kustomize(folder string) ([]any, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	stream, err := built.AsYaml()
	if err != nil {
		return nil, err
	}
	return decodeObjects(stream)
}

func read(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

func check(what string, paths []string) ([]any, error) {
	var all []any
	for _, path := range paths {
		var objects []any
		var err error
		if what == "kustomize" {
			objects, err = kustomize(path)
		} else {
			var content []byte
			if content, err = read(path); err != nil {
				return nil, err
			}
			if what == "objects" {
				objects, err = decodeObjects(content)
			} else {
				objects, err = decodeOwn(what, content)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: check objects|kustomize|compose|prometheus|datasources|dashboards PATH…")
		os.Exit(2)
	}
	objects, err := check(os.Args[1], os.Args[2:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(objects)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
