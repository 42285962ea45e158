import Glibc

/// Where a demo lives.
package enum DemoFolder {
    /// A folder beside `folder` that nothing lies in yet: `hindsight-demo-2`, `-3`, …
    package static func afresh(beside folder: String) -> String {
        guard exists(folder) else { return folder }
        var number = 2
        while exists("\(folder)-\(number)") { number += 1 }
        return "\(folder)-\(number)"
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
