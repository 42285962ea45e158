import Foundation
import Glibc

/// How many files this process may open: every connection is one.
enum OpenFiles {
    static func raiseLimit(to count: Int) throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { throw BenchmarkFailure("open files: \(String(cString: strerror(errno)))") }
        guard limit.rlim_cur < rlim_t(count) else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
        guard setrlimit(resource, &limit) == 0, limit.rlim_cur >= rlim_t(count) else {
            throw BenchmarkFailure("\(count) open files are needed, and the system grants \(limit.rlim_cur) (ulimit -n)")
        }
    }
}
