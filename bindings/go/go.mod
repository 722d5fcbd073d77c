// SPDX-License-Identifier: Apache-2.0
module litebench.example/litebench/bindings/go

go 1.23
