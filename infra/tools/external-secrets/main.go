// external-secrets as upstream starts it; what it is compiled with stands in patch/.
package main

import "github.com/external-secrets/external-secrets/cmd/controller"

func main() {
	controller.Execute()
}
