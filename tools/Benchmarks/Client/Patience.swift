/// Waits for what others do.
enum Patience {
    private static let longest = Duration.seconds(60)
    private static let pause = Duration.milliseconds(5)

    /// Looks again and again whether the condition holds.
    ///
    /// - Parameter what: For the failure, should it take too long.
    static func wait(for what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + longest
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw BenchmarkFailure("waited \(longest) for \(what)") }
            try await Task.sleep(for: pause)
        }
    }
}
