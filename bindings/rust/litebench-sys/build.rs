// SPDX-License-Identifier: Apache-2.0
//! Asks pkg-config where the library is. No build dependency for one command.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-changed=build.rs");
    let asked = Command::new(std::env::var("PKG_CONFIG").unwrap_or("pkg-config".into()))
        .args(["--libs", "litebench >= 0.1"])
        .output();
    let found = match asked {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        Ok(output) => panic!(
            "liblitebench is not installed (liblitebench-dev or liblitebench-devel): {}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!("pkg-config cannot be run: {error}"),
    };
    for word in found.split_whitespace() {
        if let Some(folder) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
        } else if let Some(name) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={name}");
        }
    }
}
