// Package kubernetes has the manifests of an installation; this test reads them as
// an API server would.
package kubernetes

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// kinds are the API types that the manifests are of.
var kinds = map[string]func() any{
	"batch/v1 CronJob":         func() any { return new(batch.CronJob) },
	"v1 ConfigMap":             func() any { return new(core.ConfigMap) },
	"v1 PersistentVolumeClaim": func() any { return new(core.PersistentVolumeClaim) },
}

// decode reads every document of every manifest strictly: a field that the API does
// not have is an error.
func decode(t *testing.T) map[string]any {
	t.Helper()
	names, err := filepath.Glob("*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	objects := map[string]any{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range bytes.Split(content, []byte("\n---\n")) {
			var head struct{ APIVersion, Kind string }
			if err := yaml.Unmarshal(doc, &head); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			made, known := kinds[head.APIVersion+" "+head.Kind]
			if !known {
				t.Fatalf("%s: %s %s is no kind that this test knows", name, head.APIVersion, head.Kind)
			}
			object := made()
			if err := yaml.UnmarshalStrict(doc, object); err != nil {
				t.Errorf("%s, %s: %v", name, head.Kind, err)
			}
			objects[head.Kind] = object
		}
	}
	return objects
}

func TestManifests(t *testing.T) {
	objects := decode(t)
	job, ok := objects["CronJob"].(*batch.CronJob)
	if !ok {
		t.Fatal("there is no CronJob")
	}
	s, pod := job.Spec, job.Spec.JobTemplate.Spec.Template.Spec
	for what, right := range map[string]bool{
		"one at a time":                   s.ConcurrencyPolicy == batch.ForbidConcurrent,
		"missed times do not stop it":     s.StartingDeadlineSeconds != nil && *s.StartingDeadlineSeconds >= 3600,
		"a zone without skipped times":    s.TimeZone != nil && *s.TimeZone == "Etc/UTC",
		"a deadline":                      s.JobTemplate.Spec.ActiveDeadlineSeconds != nil,
		"no second pod beside the first":  *s.JobTemplate.Spec.PodReplacementPolicy == batch.Failed,
		"exits are told apart":            pod.RestartPolicy == core.RestartPolicyNever && s.JobTemplate.Spec.PodFailurePolicy != nil,
		"more time than it takes to stop": *pod.TerminationGracePeriodSeconds > 10,
		"no token":                        !*pod.AutomountServiceAccountToken,
		"not root":                        *pod.SecurityContext.RunAsNonRoot,
		"seccomp":                         pod.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault,
	} {
		if !right {
			t.Error(what, "is not so")
		}
	}
	c := pod.Containers[0]
	if !*c.SecurityContext.ReadOnlyRootFilesystem || *c.SecurityContext.AllowPrivilegeEscalation || !slices.Contains(c.SecurityContext.Capabilities.Drop, "ALL") {
		t.Errorf("the container may too much: %+v", c.SecurityContext)
	}
	if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
		t.Errorf("no limits: %+v", c.Resources)
	}
	for _, rule := range s.JobTemplate.Spec.PodFailurePolicy.Rules {
		if rule.OnExitCodes != nil && (rule.OnExitCodes.ContainerName == nil || *rule.OnExitCodes.ContainerName != c.Name || slices.Contains(rule.OnExitCodes.Values, 5)) {
			t.Errorf("the rule for exit codes: %+v", rule.OnExitCodes)
		}
	}
	claimed(t, objects, pod)
}

// claimed checks that what the pod mounts is there under that name.
func claimed(t *testing.T, objects map[string]any, pod core.PodSpec) {
	t.Helper()
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		if v.ConfigMap != nil && v.ConfigMap.Name != objects["ConfigMap"].(*core.ConfigMap).Name {
			t.Errorf("no ConfigMap %s", v.ConfigMap.Name)
		}
		if c := v.PersistentVolumeClaim; c != nil && c.ClaimName != objects["PersistentVolumeClaim"].(*core.PersistentVolumeClaim).Name {
			t.Errorf("no claim %s", c.ClaimName)
		}
	}
	for _, m := range pod.Containers[0].VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("%s is mounted and is no volume", m.Name)
		}
	}
}

// TestStrict: the test can fail.
func TestStrict(t *testing.T) {
	if err := yaml.UnmarshalStrict([]byte("kind: CronJob\nspec: {concurrencyPolicies: Forbid}\n"), new(batch.CronJob)); err == nil {
		t.Error("a field that does not exist is taken")
	}
}
