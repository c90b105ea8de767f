@file:Suppress("unused", "UNUSED_PARAMETER")

// What the Gradle Kotlin DSL generates for a build script; the rest comes from the API jars of
// Gradle and of the Android plugin.

import com.android.build.api.dsl.ApplicationExtension
import org.gradle.api.Project
import org.gradle.api.artifacts.dsl.DependencyHandler
import org.gradle.plugin.use.PluginDependenciesSpec
import org.gradle.plugin.use.PluginDependencySpec
import org.jetbrains.kotlin.gradle.dsl.KotlinJvmCompilerOptions

infix fun PluginDependencySpec.version(version: String): PluginDependencySpec = version(version)
infix fun PluginDependencySpec.apply(apply: Boolean): PluginDependencySpec = apply(apply)
fun Project.plugins(block: PluginDependenciesSpec.() -> Unit) = Unit
fun Project.android(block: ApplicationExtension.() -> Unit) = Unit

interface KotlinExtension {
    fun compilerOptions(block: KotlinJvmCompilerOptions.() -> Unit)
}

fun Project.kotlin(block: KotlinExtension.() -> Unit) = Unit
fun Project.dependencies(block: DependencyHandler.() -> Unit) = Unit
fun DependencyHandler.implementation(notation: Any) = add("implementation", notation)
fun DependencyHandler.testImplementation(notation: Any) = add("testImplementation", notation)
