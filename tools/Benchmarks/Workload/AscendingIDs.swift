import HindsightCore
import HindsightRuntime

/// Makes ids each of which is greater than the one before, as those of one process are.
struct AscendingIDs {
    private let began = SystemClock().now()
    private var made = 0

    /// Version 7: milliseconds, then a counter where chance may stand, so that they ascend strictly.
    mutating func next() -> EventID {
        defer { made += 1 }
        let chance = withUnsafeBytes(of: scattered(UInt64(made))) { Array($0) }
        return .version7(
            at: began.advanced(by: .milliseconds(made / 4_096)),
            entropy: [UInt8(made / 256 % 16), UInt8(made % 256)] + chance)
    }
}
