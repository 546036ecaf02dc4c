package s3

// SetContainerHost lets the agent of ECS be a server of a test.
func SetContainerHost(url string) (restore func()) {
	before := containerHost
	containerHost = url
	return func() { containerHost = before }
}
