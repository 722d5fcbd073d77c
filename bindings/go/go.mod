// SPDX-License-Identifier: Apache-2.0
module github.com/litebench/litebench/bindings/go

go 1.23
