import BillingRetries
import CXGBoost

/// XGBoost's C library, as Debian packages it. It is told to use one thread, which it does for all but reading the trees of a model.
enum XGBoost {
    /// Such as `1.7.4`.
    static let version: String = {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        XGBoostVersion(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }()

    /// Makes a call, and reads the library's own account of a failure before another call of this thread replaces it.
    static func call(_ result: Int32) throws(XGBoostError) {
        guard result != 0 else { return }
        throw XGBoostError(account: XGBGetLastError().map { String(cString: $0) } ?? "")
    }

    /// A matrix as the library is told of it: where its rows are, for as long as the call lasts.
    static func withArrayInterface<Result>(
        of matrix: FeatureMatrix, _ body: (String) throws(XGBoostError) -> Result
    ) throws(XGBoostError) -> Result {
        try matrix.values.withUnsafeBufferPointer { (values) throws(XGBoostError) in
            let address = UInt(bitPattern: values.baseAddress)
            let shape = "[\(matrix.rowCount),\(matrix.featureCount)]"
            return try body(#"{"data":[\#(address),true],"shape":\#(shape),"typestr":"<f4","version":3}"#)
        }
    }
}

/// The library said no.
struct XGBoostError: Error {
    /// The first line of its account, without the place in its sources; a trace of its stack follows in the whole.
    let reason: String

    init(account: String) {
        let line = account.split(separator: "\n").first.map(String.init) ?? "without a reason"
        // Such as `[12:00:00] ../src/learner.cc:1234: Check failed: …`.
        reason = line.firstRange(of: ": ").map { line.hasPrefix("[") ? String(line[$0.upperBound...]) : line } ?? line
    }
}
