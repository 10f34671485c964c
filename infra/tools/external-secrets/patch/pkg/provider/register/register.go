// Package register takes the place of upstream's, which compiles in every vendor's client library:
// 35 of them, of which a Sovereign uses one.
package register

import (
	_ "github.com/external-secrets/external-secrets/pkg/provider/fake"
	_ "github.com/external-secrets/external-secrets/pkg/provider/kubernetes"
	_ "github.com/external-secrets/external-secrets/pkg/provider/vault"
)
