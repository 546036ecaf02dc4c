package s3

import "github.com/libremotestore/libremotestore/core/driver"

// ServedOf is Served of one backend.
func ServedOf(d driver.Driver) map[string]int64 {
	counts := map[string]int64{}
	for reason := range reasonCount {
		if n := d.(*backend).lane.served[reason].Load(); n > 0 {
			counts[reason.String()] = n
		}
	}
	return counts
}

// SetContainerHost lets the agent of ECS be a server of a test.
func SetContainerHost(url string) (restore func()) {
	before := containerHost
	containerHost = url
	return func() { containerHost = before }
}
