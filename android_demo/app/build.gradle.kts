import org.gradle.api.tasks.Copy
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

// The networks that come with the app: those that are published; others may not be given on.
val bundles = layout.buildDirectory.dir("bundles")
val copyBundles = tasks.register("copyBundles", Copy::class.java) {
    from(rootDir.resolve("../export/bundles")) { include("*-nuclei-int8.tflite") }
    into(bundles)
}
tasks.named("preBuild") { dependsOn(copyBundles) }

android {
    namespace = "dev.kseg.app"
    compileSdk = 35

    defaultConfig {
        applicationId = "dev.kseg.app"
        minSdk = 26
        // What the tests run. From 35 on an app is drawn behind the system's bars.
        targetSdk = 34
        versionCode = 1
        versionName = "0.1.0"
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    sourceSets {
        getByName("main") { assets.srcDir(bundles) }
    }
    buildTypes {
        getByName("release") {
            isMinifyEnabled = true
            proguardFiles("proguard-rules.pro")
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    // Mapped from the APK, not copied to memory.
    androidResources { noCompress += "tflite" }
    testOptions {
        unitTests {
            isIncludeAndroidResources = true
            all { it.systemProperty("kseg.root", rootDir.resolve("..").path) }
        }
    }
}

kotlin {
    compilerOptions { jvmTarget.set(JvmTarget.JVM_17) }
}

dependencies {
    // 2.16.1 is what the tests run. Its libraries are aligned to 4 KB; for devices with
    // pages of 16 KB take LiteRT, whose Java API is the same, in its place:
    // implementation("com.google.ai.edge.litert:litert:1.4.0")
    implementation("org.tensorflow:tensorflow-lite:2.16.1")
    testImplementation("junit:junit:4.13.2")
    testImplementation("org.robolectric:robolectric:4.16.1")
}
